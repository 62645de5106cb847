import type { TargetSchema } from '@sallyport/gate'
import { parseDuration } from './duration.js'
import { mostDatabases, problemsOf, sslModes, timeLimits } from './target-fields.js'

/**
 * What a PostgreSQL resource's `target` may say, and what of it the engine honours. A field that is not honoured is a
 * problem at save, never ignored. A caller must read a target only through `readTarget`.
 */
export type SslMode = (typeof sslModes)[number]

export interface PostgresTarget {
  readonly host: string
  readonly port: number
  /** The one of a session that names none. */
  readonly database: string
  /** Others that a session may name. */
  readonly databases: readonly string[]
  readonly user: string
  readonly sslmode: SslMode
  /** PEM, or `system` for the roots of the machine. */
  readonly sslrootcert?: string
  /** Whether a client that waits for people is sent a NOTICE that says so. */
  readonly notices: 'auto' | 'off'
  readonly imposed: Imposed
  /** Column (`public.customers.email`) to labels. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  /** Function (`public.f(int)`) to what it does. */
  readonly functions: Readonly<Record<string, DeclaredFunction>>
}

export interface Imposed {
  readonly readOnly: boolean
  /** Milliseconds, above zero, by the setting that PostgreSQL has for it. A client may ask for less, never for more. */
  readonly timeouts: Readonly<Partial<Record<(typeof timeLimits)[number], number>>>
  /** Schemas in order, as the catalog spells them. */
  readonly searchPath?: readonly string[]
}

export interface DeclaredFunction {
  readonly effects: readonly string[]
  readonly reads: readonly string[]
}

/** Registered for PostgreSQL with IANA; libpq's own default. */
const defaultPort = 5432

const name = { type: 'string', minLength: 1, maxLength: 63 }
const duration = { type: ['string', 'integer'], description: 'PostgreSQL duration, or milliseconds; the most that a client may have' }
const list = { type: 'array', items: { type: 'string', minLength: 1 } }

export const postgresTarget: TargetSchema = {
  schema: {
    type: 'object',
    required: ['host', 'database', 'user'],
    additionalProperties: false,
    properties: {
      host: { type: 'string', minLength: 1, maxLength: 253, description: 'Name or address of the server' },
      port: { type: 'integer', minimum: 1, maximum: 65535, default: defaultPort },
      database: { ...name, description: 'Database of sessions that name the resource alone' },
      databases: {
        type: 'array',
        items: name,
        maxItems: mostDatabases,
        description: 'Further databases of the same server that a session may name, as resource/database',
      },
      user: { ...name, description: 'Role the agent logs in as; it should own nothing' },
      password: { type: 'string', minLength: 1, maxLength: 4096, writeOnly: true },
      sslmode: { enum: sslModes, default: 'prefer', description: 'As libpq understands it' },
      sslrootcert: { type: 'string', maxLength: 262144, description: 'PEM of the roots to trust, or "system"' },
      notices: {
        enum: ['auto', 'off'],
        default: 'auto',
        description: 'Whether a client whose statement waits for approval is sent a NOTICE; off for drivers that take one for an error',
      },
      imposed: {
        type: 'object',
        additionalProperties: false,
        properties: {
          read_only: { type: 'boolean', default: false },
          ...Object.fromEntries(timeLimits.map((limit) => [limit, duration])),
          search_path: { ...list, maxItems: 64 },
        },
      },
      labels: { type: 'object', additionalProperties: list, description: 'Column to labels' },
      functions: {
        type: 'object',
        description: 'Function, as schema.name(argument types), to what it does',
        additionalProperties: {
          type: 'object',
          required: ['effects', 'reads'],
          additionalProperties: false,
          properties: { effects: { ...list, minItems: 1 }, reads: list },
        },
      },
    },
  },
  secrets: ['/password'],
  guarded: ['/host', '/port', '/user', '/sslmode', '/sslrootcert'],
  validate: problemsOf,
}

/** Reads a target that `validate` found no problem in. */
export function readTarget(target: Readonly<Record<string, unknown>>): PostgresTarget {
  const raw = target as unknown as RawTarget
  const { read_only, search_path } = raw.imposed ?? {}
  return {
    host: raw.host,
    port: raw.port ?? defaultPort,
    database: raw.database,
    databases: raw.databases ?? [],
    user: raw.user,
    sslmode: raw.sslmode ?? 'prefer',
    ...(raw.sslrootcert !== undefined && { sslrootcert: raw.sslrootcert }),
    notices: raw.notices ?? 'auto',
    imposed: {
      readOnly: read_only ?? false,
      timeouts: readTimeouts(raw.imposed ?? {}),
      ...(search_path !== undefined && { searchPath: search_path }),
    },
    labels: raw.labels ?? {},
    functions: raw.functions ?? {},
  }
}

function readTimeouts(raw: RawImposed): Imposed['timeouts'] {
  const given = timeLimits.map((name) => [name, raw[name] === undefined ? undefined : parseDuration(String(raw[name]))] as const)
  return Object.fromEntries(given.filter(([, milliseconds]) => milliseconds !== undefined))
}

type RawImposed = Readonly<Partial<Record<(typeof timeLimits)[number], string | number>>> & {
  readonly read_only?: boolean
  readonly search_path?: readonly string[]
}

/** A target as a user writes it. */
interface RawTarget {
  readonly host: string
  readonly port?: number
  readonly database: string
  readonly databases?: readonly string[]
  readonly user: string
  readonly sslmode?: SslMode
  readonly sslrootcert?: string
  readonly notices?: 'auto' | 'off'
  readonly imposed?: RawImposed
  readonly labels?: Readonly<Record<string, readonly string[]>>
  readonly functions?: Readonly<Record<string, DeclaredFunction>>
}

/** Whether a password may be sent in clear or as MD5: the peer is this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
