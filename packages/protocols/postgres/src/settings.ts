import { parseDuration } from './duration.js'
import { LoginRefused } from './refused.js'
import { shown } from './startup.js'

/**
 * Which start-up parameters a client may send, and what of them reaches the target. What is not in this table is
 * refused by name: a setting that nobody looked at may change what statements mean or who runs them.
 */
export interface ClientStart {
  readonly user: string
  readonly resource: string
  /** One of the resource's databases; absent: the one that it has first. */
  readonly database?: string
  readonly application: string
  /** Schemas that the client wants names to resolve in; it may only want those that it gets anyway. */
  readonly searchPath?: readonly string[]
  /** Settings for the target, canonical names, values checked. */
  readonly settings: Readonly<Record<string, string>>
}

type Reader = (value: string) => string | undefined

const matching =
  (pattern: RegExp): Reader =>
  (value) =>
    pattern.test(value) ? value : undefined

const duration: Reader = (value) => {
  const parsed = parseDuration(value)
  return parsed === undefined ? undefined : String(parsed)
}

const isOn = /^(on|true|yes|1)$/i
const onOff = matching(/^(on|off|true|false|yes|no|1|0)$/i)

/** As the classifier of SET has it. */
const mostWorkMem = 256 * 1024
const kilobytes: Readonly<Record<string, number>> = { kb: 1, mb: 1024, gb: 1024 * 1024 }

const workMem: Reader = (value) => {
  const [, digits = '', unit = 'kb'] = /^\s*([0-9]{1,9})\s*(kB|MB|GB)?\s*$/i.exec(value) ?? []
  const amount = digits === '' ? NaN : Number(digits) * (kilobytes[unit.toLowerCase()] ?? NaN)
  return amount >= 64 && amount <= mostWorkMem ? `${amount}kB` : undefined
}

/** Canonical name and how a value is read; `undefined` from a reader refuses the value. */
const settings: Readonly<Record<string, readonly [name: string, read: Reader]>> = {
  bytea_output: ['bytea_output', matching(/^(hex|escape)$/i)],
  client_min_messages: ['client_min_messages', matching(/^(debug[1-5]?|log|notice|warning|error)$/i)],
  default_transaction_deferrable: ['default_transaction_deferrable', onOff],
  default_transaction_isolation: [
    'default_transaction_isolation',
    matching(/^(serializable|repeatable read|read committed|read uncommitted)$/i),
  ],
  default_transaction_read_only: ['default_transaction_read_only', (value) => (isOn.test(value) ? 'on' : undefined)],
  datestyle: ['DateStyle', matching(/^[A-Za-z, ]{1,64}$/)],
  extra_float_digits: ['extra_float_digits', matching(/^(-?[0-9]|-1[0-5])$/)],
  geqo: ['geqo', onOff],
  idle_in_transaction_session_timeout: ['idle_in_transaction_session_timeout', duration],
  idle_session_timeout: ['idle_session_timeout', duration],
  intervalstyle: ['IntervalStyle', matching(/^[a-z_0-9]{1,32}$/i)],
  jit: ['jit', onOff],
  lock_timeout: ['lock_timeout', duration],
  statement_timeout: ['statement_timeout', duration],
  timezone: ['TimeZone', matching(/^[A-Za-z0-9_+\-/:<>., ]{1,64}$/)],
  transaction_timeout: ['transaction_timeout', duration],
  work_mem: ['work_mem', workMem],
}

/** What the planner may use; all of them are on or off. */
const planner = /^enable_[a-z_]{1,48}$/

/** Without case, and without what is neither letter nor digit: as the server compares names of encodings. */
const utf8: ReadonlySet<string> = new Set(['utf8', 'unicode'])

/** @throws {LoginRefused} naming the parameter. */
export function readClientStart(parameters: ReadonlyMap<string, string>): ClientStart {
  const user = parameters.get('user') ?? ''
  if (user === '') throw new LoginRefused('28000', 'no user name was sent in the start-up packet')
  const where = readWhere(parameters.get('database') || user)
  const given: Record<string, string> = {}
  let application = ''
  let searchPath: readonly string[] | undefined
  const take = (key: string, value: string): void => {
    if (key === 'application_name') application = asciiName(value)
    else if (key === 'client_encoding') checkEncoding(value)
    else if (key === 'search_path') searchPath = readSearchPath(value)
    // Every session has it anyway.
    else if (key === 'standard_conforming_strings' && isOn.test(value)) return
    else if (planner.test(key)) setting([key, onOff], value, given)
    else if (Object.hasOwn(settings, key)) setting(settings[key]!, value, given)
    else refuse(key)
  }
  for (const [key, value] of parameters) {
    if (key === 'user' || key === 'database') continue
    if (key === 'replication') checkReplication(value)
    else if (key === 'options') for (const [name, option] of parseOptions(value)) take(name, option)
    else take(key, value)
  }
  return { user, ...where, application, settings: given, ...(searchPath && { searchPath }) }
}

/** `resource`, or `resource/database` where the resource lets the caller choose. */
function readWhere(text: string): Pick<ClientStart, 'resource' | 'database'> {
  const slash = text.indexOf('/')
  return slash < 0 ? { resource: text } : { resource: text.slice(0, slash), database: text.slice(slash + 1) }
}

function setting([name, read]: readonly [name: string, read: Reader], value: string, given: Record<string, string>): void {
  const accepted = read(value)
  if (accepted === undefined) throw new LoginRefused('22023', `invalid value for parameter "${name}": "${shown(value)}"`)
  // `options` and a parameter of its own: which of them counts is not for us to guess.
  if (Object.hasOwn(given, name)) throw new LoginRefused('08P01', `start-up parameter "${name}" was sent twice`)
  given[name] = accepted
}

function refuse(key: string): never {
  const allowed = ['application_name', 'client_encoding', 'enable_*', ...Object.values(settings).map(([name]) => name)].join(', ')
  throw new LoginRefused('0A000', `start-up parameter "${shown(key)}" is not accepted here`, `Accepted are: ${allowed}.`)
}

function checkEncoding(value: string): void {
  if (utf8.has(value.toLowerCase().replace(/[^a-z0-9]/g, ''))) return
  throw new LoginRefused('0A000', `client_encoding "${shown(value)}" is not accepted here`, 'Use client_encoding=UTF8.')
}

function checkReplication(value: string): void {
  if (/^(f|fa|fal|fals|false|n|no|of|off|0)$/i.test(value)) return
  throw new LoginRefused('0A000', 'replication connections are not possible here')
}

/** A list of identifiers, quoted or folded to lower case (src/backend/utils/adt/varlena.c, SplitIdentifierString). */
function readSearchPath(value: string): readonly string[] {
  const schemas: string[] = []
  const one = /\s*(?:"((?:[^"]|"")+)"|([^\s,"]+))\s*(,|$)/y
  for (let more = true; more;) {
    const [, quoted, plain, end] = one.exec(value) ?? []
    const schema = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase()
    if (schema === undefined) throw new LoginRefused('22023', `invalid value for parameter "search_path": "${shown(value)}"`)
    schemas.push(schema)
    more = end === ','
  }
  return schemas
}

/** As the server itself cleans and cuts application names. */
export function asciiName(value: string): string {
  return value.replace(/[^\x20-\x7e]/gu, '?').slice(0, 63)
}

/**
 * The switches of `options` (PGOPTIONS): `-c name=value`, `-cname=value`, `--name=value`, blanks escaped by a backslash
 * (src/backend/utils/init/postinit.c, pg_split_opts). Any other switch is refused.
 */
export function parseOptions(options: string): readonly (readonly [name: string, value: string])[] {
  const words = splitOptions(options)
  const pairs: [string, string][] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const pair = word === '-c' ? words[++i] : word.startsWith('--') ? word.slice(2) : word.startsWith('-c') ? word.slice(2) : undefined
    const equals = pair?.indexOf('=') ?? -1
    if (pair === undefined || equals < 1) {
      throw new LoginRefused('0A000', `start-up option "${shown(word)}" is not accepted here`, 'Only -c name=value is.')
    }
    const name = pair.slice(0, equals).replaceAll('-', '_').toLowerCase()
    if (pairs.some(([known]) => known === name)) throw new LoginRefused('08P01', `start-up option "${shown(name)}" was sent twice`)
    pairs.push([name, pair.slice(equals + 1)])
  }
  return pairs
}

function splitOptions(options: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  for (let i = 0; i < options.length; i++) {
    let c = options[i]!
    if (/[ \t\n\r\v\f]/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    if (c === '\\') c = options[++i] ?? ''
    word = (word ?? '') + c
  }
  if (word !== undefined) words.push(word)
  return words
}
