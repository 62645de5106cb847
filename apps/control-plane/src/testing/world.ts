import type { JWTPayload } from 'jose'
import { createKeyStore } from '../auth/key-store.js'
import type { Context } from '../context.js'
import { createDatabase, type Database } from '../db/index.js'
import type { App } from '../http/app.js'
import { newId } from '../ids.js'
import { createLog } from '../log.js'
import type { RoleName } from '../permissions.js'
import { createRest } from '../rest.js'
import { createSecretBox, masterKeyFrom, newMasterKeyText, type MasterKey } from '../secrets/index.js'
import { createTestDatabase } from './database.js'
import { startIssuer, type Issuer } from './issuer.js'

/** REST over a database of its own and a real issuer; only the sockets of clients are left out. */
export interface World {
  readonly app: App
  readonly db: Database
  readonly databaseUrl: string
  readonly context: Context
  readonly master: MasterKey
  readonly issuer: Issuer
  /** Every line that was logged. */
  readonly logged: readonly string[]
  ask(method: Method, url: string, options?: AskOptions): Promise<Answer>
  /** A token of somebody with exactly these roles. */
  as(...roles: readonly (RoleName | { readonly role: RoleName; readonly labels: Readonly<Record<string, string>> })[]): Promise<string>
  token(claims: JWTPayload): Promise<string>
  close(): Promise<void>
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface AskOptions {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Of the caller. */
  readonly address?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  readonly text: string
  readonly body: Body
}

type Members = Readonly<Record<string, unknown>>

/** What an answer may hold, as far as tests look into it; a member that is absent reads as undefined all the same. */
export interface Body extends Members {
  readonly id: string
  readonly code: string
  readonly items: readonly (Members & { readonly id: string; readonly target: Members })[]
  readonly next_cursor: string | null
  readonly errors: readonly { readonly path: string; readonly message: string }[]
  readonly keys: Members
  readonly sign_in: Members
  readonly principal: Members
  readonly actions: readonly Members[]
  readonly explanation: readonly Members[]
  readonly decision: Members
  readonly components: { readonly schemas: Readonly<Record<string, { readonly required: readonly string[] }>> }
}

export interface WorldOptions {
  readonly streams?: Context['streams']
  readonly jobs?: Context['jobs']
  readonly now?: () => number
  readonly exposed?: boolean
  /** Without it a provider `test`, primary, is registered with its keys. */
  readonly empty?: boolean
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const [database, issuer] = await Promise.all([createTestDatabase(), startIssuer()])
  const db = createDatabase(database.url)
  const logged: string[] = []
  const log = createLog('debug', { write: (line) => void logged.push(line) })
  const master = masterKeyFrom(newMasterKeyText())!
  const { exposed = false, now = Date.now } = options
  const context: Context = {
    config: { audience: 'sallyport', apiAudience: 'sallyport-api', bind: '127.0.0.1' },
    db,
    changes: { revision: () => 0n },
    secrets: createSecretBox(master),
    keys: createKeyStore({ db, log, exposed, now }),
    log,
    now,
    exposed,
    ...(options.streams && { streams: options.streams }),
    ...(options.jobs && { jobs: options.jobs }),
  }
  if (options.empty !== true) await registerIssuer(db, context, issuer)
  const app = await createRest({ context, publicHost: () => 'localhost:80' })
  await app.ready()
  const ask = askOf(app)
  let people = 0
  return {
    app,
    db,
    databaseUrl: database.url,
    context,
    master,
    issuer,
    logged,
    ask,
    token: (claims) => issuer.token(claims),
    as: async (...roles) => {
      const subject = `person-${++people}`
      for (const [i, wanted] of roles.entries()) {
        const { role, labels } = typeof wanted === 'string' ? { role: wanted, labels: undefined } : wanted
        const data = { id: newId('rol'), name: `${subject}-${i}`, provider: 'test', subject, role, ...(labels && { labels }) }
        await db.role.create({ data })
      }
      return issuer.token({ sub: subject })
    },
    close: async () => {
      await app.close()
      await db.$disconnect()
      await issuer.close()
      await database.drop()
    },
  }
}

function askOf(app: App): World['ask'] {
  return async (method, url, { token, body, headers = {}, address = '127.0.0.1' } = {}) => {
    const answer = await app.inject({
      method,
      url,
      remoteAddress: address,
      headers: {
        host: 'localhost:80',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: parse(answer.body) as Body }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function registerIssuer(db: Database, { keys }: Context, issuer: Issuer): Promise<void> {
  await db.trustProvider.create({
    data: {
      id: newId('tpr'),
      name: 'test',
      issuer: issuer.url,
      audiences: ['sallyport'],
      apiAudiences: ['sallyport-api'],
      subject: 'sub',
      groups: 'groups',
      kind: 'kind',
      primary: true,
    },
  })
  await keys.refresh('test', 0)
}

/** A resource that passes the protocol's check; no target listens there. */
export function resourceBody(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { target, ...rest } = changes
  return {
    protocol: 'postgres',
    target: {
      host: 'db.example',
      port: 5432,
      database: 'shop',
      user: 'gateway',
      password: 's3cret-canary',
      sslmode: 'verify-full',
      ...(target as object),
    },
    labels: { env: 'test' },
    ...rest,
  }
}
