import { expect, test } from 'vitest'
import { LoginRefused } from './refused.js'
import { asciiName, parseOptions, readClientStart } from './settings.js'
import { advance, packetLength, readOpening, type StartupState } from './startup.js'

function packet(code: number, body: string | Uint8Array = ''): Buffer {
  const rest = Buffer.from(body)
  const head = Buffer.alloc(8)
  head.writeInt32BE(rest.length + 8)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, rest])
}

const v3 = 3 << 16
const startup = (body: string | Uint8Array, version = v3) => readOpening(packet(version, body))
const parameters = (pairs: Readonly<Record<string, string>>) => readClientStart(new Map(Object.entries({ user: 'me', ...pairs })))

/** The SQLSTATE of a refusal. */
function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof LoginRefused) return error.code
    throw error
  }
  return 'accepted'
}

test('every kind of first packet is told apart', () => {
  expect(readOpening(packet(80877103))).toEqual({ kind: 'ssl' })
  expect(readOpening(packet(80877104))).toEqual({ kind: 'gss' })
  expect(readOpening(packet(80877102, Uint8Array.of(0xff, 0, 0, 1, 9, 9, 9, 9)))).toEqual({
    kind: 'cancel',
    pid: -16777215,
    secret: Buffer.from([9, 9, 9, 9]),
  })
  expect(startup('user\0me\0database\0shop\0\0')).toEqual({
    kind: 'startup',
    minor: 0,
    newer: false,
    parameters: new Map([
      ['user', 'me'],
      ['database', 'shop'],
    ]),
    extensions: [],
  })
})

test('a cancel request carries 4 to 256 bytes of a key, all of them', () => {
  for (const length of [4, 5, 32, 255, 256]) {
    const secret = Buffer.alloc(length, 7)
    expect(readOpening(packet(80877102, Buffer.concat([Buffer.of(0, 0, 0, 1), secret])))).toEqual({ kind: 'cancel', pid: 1, secret })
  }
})

test('newer minor versions and options of the protocol are noted, to be answered', () => {
  expect(startup('user\0me\0_pq_.test_protocol_negotiation\0\0\0', v3 + 9999)).toMatchObject({
    minor: 2,
    newer: true,
    extensions: ['_pq_.test_protocol_negotiation'],
  })
  for (const minor of [1, 2]) expect(startup('user\0me\0\0', v3 + minor)).toMatchObject({ minor, newer: false, extensions: [] })
})

test.each([
  ['protocol 2', packet(2 << 16, 'x'), '0A000'],
  ['protocol 4', packet(4 << 16, '\0'), '0A000'],
  ['an unknown request code', packet(80877105), '0A000'],
  ['SSLRequest with a tail', packet(80877103, 'x'), '08P01'],
  ['GSSENCRequest with a tail', packet(80877104, 'x'), '08P01'],
  ['a cancel request without a key', packet(80877102, Buffer.alloc(4)), '08P01'],
  ['a cancel request with a key of 3 bytes', packet(80877102, Buffer.alloc(7)), '08P01'],
  ['a cancel request with a key of 257 bytes', packet(80877102, Buffer.alloc(4 + 257)), '08P01'],
  ['no terminator', packet(v3, 'user\0me\0'), '08P01'],
  ['no parameters at all', packet(v3), '08P01'],
  ['a tail after the terminator', packet(v3, 'user\0me\0\0x'), '08P01'],
  ['a name without a value', packet(v3, 'user\0'), '08P01'],
  ['a value that has no end', packet(v3, 'user\0me'), '08P01'],
  ['user twice', packet(v3, 'user\0me\0user\0root\0\0'), '08P01'],
  ['a parameter twice in another case', packet(v3, 'TimeZone\0UTC\0timezone\0UTC\0\0'), '08P01'],
  ['bytes that are not UTF-8', packet(v3, Buffer.concat([Buffer.from('user\0'), Buffer.from([0xff, 0, 0])])), '22021'],
])('%s is refused', (_name, bytes, code) => {
  expect(refusal(() => readOpening(bytes))).toBe(code)
})

test.each([0, 3, 7, 10_001, -1, 0x7fffffff, 0x47455420])('a packet that announces %i bytes is refused before it is read', (length) => {
  const head = Buffer.alloc(4)
  head.writeInt32BE(length)
  expect(refusal(() => packetLength(head))).toBe('08P01')
})

test('encryption is asked for once, and never after it was agreed on', () => {
  const walk = (...events: Parameters<typeof advance>[1][]) =>
    refusal(() => events.reduce<StartupState>((state, event) => advance(state, event), 'clear'))
  expect(walk('ssl', 'startup')).toBe('accepted')
  expect(walk('gss', 'ssl', 'startup')).toBe('accepted')
  expect(walk('gss', 'tls', 'cancel')).toBe('accepted')
  for (const wrong of [
    ['ssl', 'ssl'],
    ['gss', 'gss'],
    ['ssl', 'gss'],
    ['ssl', 'tls'],
    ['startup', 'ssl'],
    ['gss', 'ssl', 'gss'],
  ] as const) {
    expect(walk(...wrong)).toBe('08P01')
  }
})

test('database names the resource, and is the user where it is left out, as libpq does', () => {
  expect(parameters({ database: 'shop' })).toMatchObject({ user: 'me', resource: 'shop' })
  expect(parameters({})).toMatchObject({ resource: 'me' })
  expect(parameters({ database: '' })).toMatchObject({ resource: 'me' })
  expect(parameters({ database: 'shop/other/one' })).toMatchObject({ resource: 'shop', database: 'other/one' })
  expect(refusal(() => readClientStart(new Map([['database', 'shop']])))).toBe('28000')
})

test.each(['UTF8', 'utf-8', 'UTF_8', "'utf-8'", 'Unicode'])('client_encoding %s is UTF-8', (value) => {
  expect(parameters({ client_encoding: value }).settings).toEqual({})
})

test('what drivers send at start reaches the target under its own name', () => {
  const sent = {
    application_name: 'psql\u00e9',
    client_encoding: 'UTF8',
    datestyle: 'ISO, MDY',
    timezone: 'Europe/Vilnius',
    extra_float_digits: '3',
    statement_timeout: '30s',
    replication: 'false',
    options: '-c jit=off --lock-timeout=1min -c default_transaction_isolation=repeatable\\ read',
    standard_conforming_strings: 'on',
    default_transaction_read_only: 'true',
    idle_session_timeout: '0',
    transaction_timeout: '1h',
    work_mem: '64MB',
    enable_seqscan: 'off',
    search_path: ' "$user", Public,"Weird ""one"""',
  }
  const { application, settings, searchPath } = parameters(sent)
  expect([application, searchPath]).toEqual(['psql?', ['$user', 'public', 'Weird "one"']])
  expect(settings).toEqual({
    DateStyle: 'ISO, MDY',
    TimeZone: 'Europe/Vilnius',
    extra_float_digits: '3',
    statement_timeout: '30000',
    jit: 'off',
    lock_timeout: '60000',
    default_transaction_isolation: 'repeatable read',
    default_transaction_read_only: 'on',
    idle_session_timeout: '0',
    transaction_timeout: '3600000',
    work_mem: '65536kB',
    enable_seqscan: 'off',
  })
})

test.each([
  [{ client_encoding: 'SJIS' }, '0A000'],
  [{ client_encoding: 'auto' }, '0A000'],
  [{ replication: 'database' }, '0A000'],
  [{ replication: 'true' }, '0A000'],
  [{ replication: '1' }, '0A000'],
  [{ replication: '' }, '0A000'],
  [{ role: 'postgres' }, '0A000'],
  [{ search_path: '' }, '22023'],
  [{ search_path: 'a b' }, '22023'],
  [{ search_path: 'a,' }, '22023'],
  [{ search_path: '"a' }, '22023'],
  [{ search_path: `a; drop` }, '22023'],
  [{ default_transaction_read_only: 'off' }, '22023'],
  [{ default_transaction_isolation: 'none' }, '22023'],
  [{ work_mem: '257MB' }, '22023'],
  [{ work_mem: '1' }, '22023'],
  [{ work_mem: '1TB' }, '22023'],
  [{ maintenance_work_mem: '1MB' }, '0A000'],
  [{ enable_seqscan: 'x' }, '22023'],
  [{ 'enable_x.y': 'on' }, '0A000'],
  [{ plan_cache_mode: 'auto' }, '0A000'],
  [{ standard_conforming_strings: 'off' }, '0A000'],
  [{ session_authorization: 'root' }, '0A000'],
  [{ 'my.setting': '1' }, '0A000'],
  [{ __proto__x: '1' }, '0A000'],
  [{ constructor: '1' }, '0A000'],
  [{ options: '-c role=postgres' }, '0A000'],
  [{ options: '-c client_encoding=SJIS' }, '0A000'],
  [{ options: '-crole=postgres' }, '0A000'],
  [{ options: '--role=postgres' }, '0A000'],
  [{ options: '-c ro\\le=postgres' }, '0A000'],
  [{ options: '-c options=x' }, '0A000'],
  [{ options: '-c user=root' }, '0A000'],
  [{ options: '-c' }, '0A000'],
  [{ options: '-F' }, '0A000'],
  [{ options: 'jit=off' }, '0A000'],
  [{ options: '-c jit=off -c jit=on' }, '08P01'],
  [{ options: '-c timezone=UTC', timezone: 'UTC' }, '08P01'],
  [{ timezone: "UTC'; drop" }, '22023'],
  [{ statement_timeout: 'soon' }, '22023'],
  [{ statement_timeout: '-1' }, '22023'],
  [{ statement_timeout: '99999999999d' }, '22023'],
  [{ extra_float_digits: '99' }, '22023'],
])('start-up parameters %j are refused with %s', (pairs, code) => {
  expect(refusal(() => parameters(pairs as Readonly<Record<string, string>>))).toBe(code)
})

test('a refused parameter is named', () => {
  expect(() => parameters({ role: 'postgres' })).toThrow(/"role"/)
  expect(() => parameters({ 'ro\u202ele': 'x' })).toThrow(/"ro\?le"/)
})

test('options are split as the server splits them', () => {
  expect(parseOptions('')).toEqual([])
  expect(parseOptions('  -c  TimeZone=a\\ b\t-cx=\\\\ --a-b=c=d ')).toEqual([
    ['timezone', 'a b'],
    ['x', '\\'],
    ['a_b', 'c=d'],
  ])
})

test('application names are cleaned and cut as the server does', () => {
  expect(asciiName('a\u0000b\nc\u{1f600}')).toBe('a?b?c?')
  expect(asciiName('x'.repeat(100))).toHaveLength(63)
})
