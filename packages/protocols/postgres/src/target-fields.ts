import { parseDuration } from './duration.js'

/** The checks of a PostgreSQL target, one function per field; each adds every problem it finds and throws never. */
export interface Problem {
  /** JSON pointer below `target`. */
  readonly path: string
  readonly message: string
}

type Check = (value: unknown, path: string, report: (path: string, message: string) => void) => void

/** As libpq spells them. */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

/** Time limits that a target may impose, as PostgreSQL names them. `transaction_timeout` came with 17, `idle_session_timeout` with 14. */
export const timeLimits = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
] as const

/** Each has a target model of its own. */
export const mostDatabases = 64

export function problemsOf(target: unknown): readonly Problem[] {
  const problems: Problem[] = []
  const report = (path: string, message: string) => void problems.push({ path, message })
  if (!isRecord(target)) return [{ path: '', message: 'must be an object' }]
  checkFields(target, '', fields, report)
  for (const name of ['host', 'database', 'user']) if (target[name] === undefined) report(`/${name}`, 'is required')
  checkRoots(target, report)
  return problems
}

const notYet =
  (instead: string): Check =>
  (_value, path, report) =>
    report(path, `is not supported in this build; ${instead}`)

const imposed: Readonly<Record<string, Check>> = {
  read_only: (value, path, report) => typeof value === 'boolean' || report(path, 'must be true or false'),
  ...Object.fromEntries(timeLimits.map((name) => [name, checkDuration])),
  search_path(value, path, report) {
    if (!isNames(value) || value.length === 0 || value.length > 64) return report(path, 'must be a list of 1 to 64 schema names')
    if (value.some((schema) => schema === '$user')) report(path, 'must name schemas as they are; $user is not resolved')
    if (value.some((schema) => schema.startsWith('pg_temp'))) report(path, 'must not name a temporary schema')
  },
}

const fields: Readonly<Record<string, Check>> = {
  host(value, path, report) {
    if (typeof value !== 'string' || value.length > 253 || !/^[A-Za-z0-9_.:%-]+$/.test(value)) {
      report(path, 'must be one host name or address, without port, socket path or list')
    }
  },
  port(value, path, report) {
    if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > 65535) report(path, 'must be a port number')
  },
  database: checkName,
  databases(value, path, report) {
    if (!Array.isArray(value) || value.length > mostDatabases) return report(path, `must be a list of at most ${mostDatabases} names`)
    for (const [i, one] of value.entries()) checkName(one, `${path}/${i}`, report)
  },
  user: checkName,
  password(value, path, report) {
    if (typeof value !== 'string' || value === '' || value.length > 4096 || value.includes('\0')) {
      report(path, 'must be text of 1 to 4096 characters without NUL')
    }
  },
  password_from: notYet('give password'),
  listen: notYet('leave it out'),
  sslmode: (value, path, report) => sslModes.some((mode) => mode === value) || report(path, `must be one of ${sslModes.join(', ')}`),
  sslrootcert(value, path, report) {
    if (value === 'system') return
    if (typeof value !== 'string' || !/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(value) || value.length > 262_144) {
      report(path, 'must hold certificates in PEM, or be "system"')
    }
  },
  notices: (value, path, report) => value === 'auto' || value === 'off' || report(path, 'must be auto or off'),
  imposed(value, path, report) {
    if (!isRecord(value)) return report(path, 'must be an object')
    checkFields(value, path, imposed, report)
  },
  labels(value, path, report) {
    if (!isRecord(value)) return report(path, 'must map columns to lists of labels')
    for (const [column, labels] of Object.entries(value)) {
      if (!/^[^.]+\.[^.]+\.[^.]+$/.test(column)) report(pointer(path, column), 'must be named schema.relation.column')
      if (!isNames(labels)) report(pointer(path, column), 'must be a list of labels')
    }
  },
  functions(value, path, report) {
    if (!isRecord(value)) return report(path, 'must map functions to what they do')
    for (const [signature, declared] of Object.entries(value)) checkFunction(signature, declared, pointer(path, signature), report)
  },
}

function checkFields(
  value: Readonly<Record<string, unknown>>,
  path: string,
  checks: Readonly<Record<string, Check>>,
  report: (path: string, message: string) => void,
): void {
  for (const [name, field] of Object.entries(value)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (!check) report(pointer(path, name), 'is not a field of a PostgreSQL target')
    else if (field !== undefined) check(field, pointer(path, name), report)
  }
}

function checkDuration(value: unknown, path: string, report: (path: string, message: string) => void): void {
  const duration = typeof value === 'string' || Number.isInteger(value) ? parseDuration(String(value)) : undefined
  if (!duration) report(path, 'must be a duration above zero: milliseconds, or text such as 30s')
}

function checkName(value: unknown, path: string, report: (path: string, message: string) => void): void {
  if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) > 63 || /\p{Cc}/u.test(value)) {
    report(path, 'must be a name of 1 to 63 bytes')
  }
}

function checkFunction(signature: string, declared: unknown, path: string, report: (path: string, message: string) => void): void {
  if (!/^[^.()]+\.[^.()]+\([^()]*\)$/.test(signature)) report(path, 'must be named schema.name(argument types)')
  if (!isRecord(declared)) return report(path, 'must say its effects')
  checkFields(declared, path, declaration, report)
  if (declared['effects'] === undefined) report(`${path}/effects`, 'is required')
  // Without it the function reads every masked column, which this build cannot tell from reading none.
  if (declared['reads'] === undefined) report(`${path}/reads`, 'is required in this build: the columns it reads, or an empty list')
}

const declaration: Readonly<Record<string, Check>> = {
  effects: (value, path, report) => (isNames(value) && value.length > 0) || report(path, 'must be a list of effects'),
  reads: (value, path, report) => isNames(value) || report(path, 'must be a list of columns'),
}

/** libpq refuses the same: roots of the whole web prove nothing without the name. */
function checkRoots(target: Readonly<Record<string, unknown>>, report: (path: string, message: string) => void): void {
  const { sslmode, sslrootcert } = target
  if (sslmode === 'verify-ca' && (sslrootcert === undefined || sslrootcert === 'system')) {
    report('/sslrootcert', 'verify-ca needs certificates of its own in sslrootcert; without them use verify-full')
  }
  if (sslrootcert === 'system' && sslmode !== 'verify-full' && sslmode !== 'verify-ca') {
    report('/sslmode', 'sslrootcert "system" needs sslmode verify-full')
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 1024 && value.every((one) => typeof one === 'string' && one !== '' && !/\p{Cc}/u.test(one))
}

function pointer(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
