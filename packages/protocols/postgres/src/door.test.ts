import tls from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, openDoor } from '../test/door.js'
import { startTarget, type TestTarget } from '../test/target.js'

let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startTarget()
  door = await openDoor(server)
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

/** Fields of the first ErrorResponse in what was heard. */
function errorIn(heard: Buffer): Readonly<Record<string, string>> {
  for (let at = 0; at + 5 <= heard.length; at += 1 + heard.readInt32BE(at + 1)) {
    if (heard[at] !== 0x45) continue
    const body = heard.subarray(at + 5, at + heard.readInt32BE(at + 1))
    return Object.fromEntries(
      body
        .toString()
        .split('\0')
        .filter(Boolean)
        .map((field) => [field[0], field.slice(1)]),
    )
  }
  return {}
}

function packet(code: number, body: string | Uint8Array = ''): Buffer {
  const rest = Buffer.from(body)
  const head = Buffer.alloc(8)
  head.writeInt32BE(rest.length + 8)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, rest])
}

const sslRequest = packet(80877103)
const gssRequest = packet(80877104)
const startup = packet(3 << 16, 'user\0me\0database\0shop\0\0')

/** A client that got through TLS the usual way, or directly. */
async function encrypted(to: Door, options: { direct?: boolean; alpn?: readonly string[] } = {}) {
  const { direct = false, alpn = ['postgresql'] } = options
  const { socket, until } = await to.raw()
  if (!direct) {
    socket.write(sslRequest)
    await until((heard) => heard.length > 0)
  }
  socket.removeAllListeners('data')
  const secure = tls.connect({ socket, rejectUnauthorized: false, ALPNProtocols: [...alpn] })
  let heard = Buffer.alloc(0)
  secure.on('data', (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])))
  secure.on('error', () => undefined)
  const closed = new Promise<Buffer>((resolve) => secure.on('close', () => resolve(heard)))
  const agreed = await new Promise<boolean>((resolve) => {
    secure.on('secureConnect', () => resolve(true))
    secure.on('close', () => resolve(false))
  })
  return { secure, closed, agreed, heard: () => heard }
}

test.each([
  ['a token that does not verify', { token: 'wrong' }, /FATAL: +the signature of the token does not verify/],
  ['somebody else’s token', { user: 'you' }, /the token belongs to "me" of demo; connect as that user, not as "you"/],
  ['a resource that does not exist', { database: 'nothing' }, /no resource "nothing" that you may reach/],
  ['a resource out of reach', { user: 'stranger', token: 'token-stranger' }, /no resource "shop" that you may reach/],
  ['a database inside a resource', { database: 'shop/other' }, /database "other" cannot be chosen: resource shop has one database only/],
  [
    'a database inside a resource out of reach',
    { user: 'stranger', token: 'token-stranger', database: 'shop/other' },
    /no resource "shop" that/,
  ],
  ['no TLS', { sslmode: 'disable' }, /takes tokens over TLS only[\s\S]*use sslmode=require/],
  ['another encoding', { env: { PGCLIENTENCODING: 'SJIS' } }, /client_encoding "SJIS" is not accepted/],
  ['options', { env: { PGOPTIONS: '-c role=postgres' } }, /start-up parameter "role" is not accepted/],
  ['a login that the target does not know', { database: 'broken' }, /the target refused the login of the gateway/],
  ['a target that is away', { database: 'away' }, /the target does not answer/],
])('psql with %s is told why', async (_name, options, message) => {
  const { code, out, err } = await door.psql('select 1', options)
  expect(err).toMatch(message)
  expect([code, out]).toEqual([2, ''])
})

test.each([
  ['protocol 2', packet(2 << 16, 'x'), '0A000'],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), '08P01'],
  ['a length of zero', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]), '08P01'],
  ['a length of three', Buffer.from([0, 0, 0, 3, 0, 0, 0, 0]), '08P01'],
  ['a length of 2^31 - 1', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0]), '08P01'],
  ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0]), '08P01'],
  ['a start-up packet of 10,001 bytes', packet(3 << 16, Buffer.alloc(9993)), '08P01'],
  ['no terminator', packet(3 << 16, 'user\0me\0'), '08P01'],
  ['user twice', packet(3 << 16, 'user\0me\0user\0root\0\0'), '08P01'],
  ['replication', packet(3 << 16, 'user\0me\0replication\0database\0\0'), '0A000'],
  ['a token in clear', startup, '28000'],
  ['GSSENCRequest twice', Buffer.concat([gssRequest, gssRequest]), '08P01'],
  ['a query first', Buffer.from('Q\0\0\0\x0dselect 1\0'), '08P01'],
])('%s ends with FATAL and the connection', async (_name, bytes, code) => {
  const { socket, closed } = await door.raw()
  socket.write(bytes)
  const heard = await closed
  const error = errorIn(heard[0] === 0x4e ? heard.subarray(1) : heard)
  expect([error['S'], error['V'], error['C']]).toEqual(['FATAL', 'FATAL', code])
})

test('what comes in the same segment as SSLRequest is never read: the connection closes without a word', async () => {
  const { socket, closed } = await door.raw()
  socket.write(Buffer.concat([sslRequest, startup]))
  expect(await closed).toHaveLength(0)
})

test('a client that insists on channel binding refuses by itself to send a token', async () => {
  const { err } = await door.psql('select 1', { env: { PGCHANNELBINDING: 'require' } })
  expect(err).toMatch(/channel binding required/)
})

test('GSSENCRequest is declined, and TLS may follow', async () => {
  const { socket, until } = await door.raw()
  socket.write(gssRequest)
  expect((await until((heard) => heard.length > 0)).toString()).toBe('N')
  socket.write(sslRequest)
  expect((await until((heard) => heard.length > 1)).toString()).toBe('NS')
  socket.destroy()
})

test('nothing asks for encryption again under TLS', async () => {
  const { secure, closed } = await encrypted(door)
  secure.write(gssRequest)
  expect(errorIn(await closed)['C']).toBe('08P01')
})

test('direct TLS needs the name of the protocol', async () => {
  const { secure, agreed, closed } = await encrypted(door, { direct: true })
  expect(agreed).toBe(true)
  secure.write(packet(3 << 16, 'user\0me\0nonsense\0x\0\0'))
  expect(errorIn(await closed)['C']).toBe('0A000')
  for (const alpn of [[], ['http/1.1']]) {
    const other = await encrypted(door, { direct: true, alpn })
    expect(await other.closed).toHaveLength(0)
  }
})

test('newer minor versions and unknown protocol options are answered, then the login goes on', async () => {
  const { secure, closed } = await encrypted(door)
  secure.write(packet((3 << 16) + 9999, 'user\0me\0database\0shop\0_pq_.test_protocol_negotiation\0on\0\0'))
  setTimeout(() => secure.end('p\0\0\0\x0awrong\0'), 50)
  const heard = await closed
  const name = Buffer.from('_pq_.test_protocol_negotiation\0')
  expect(heard.subarray(0, 13 + name.length)).toEqual(Buffer.concat([Buffer.from('v\0\0\0\x2b\0\x03\0\x02\0\0\0\x01', 'latin1'), name]))
  expect(heard.subarray(13 + name.length, 22 + name.length).toString('latin1')).toBe('R\0\0\0\x08\0\0\0\x03')
  expect(errorIn(heard)['C']).toBe('28P01')
})

test.each([
  ['a query instead of a password', Buffer.from('Q\0\0\0\x0dselect 1\0'), '08P01'],
  ['a password that is announced larger than any token', Buffer.from([0x70, 0, 2, 0, 0]), '28P01'],
  ['a password of minus one bytes', Buffer.from([0x70, 0xff, 0xff, 0xff, 0xff]), '08P01'],
  ['a password without an end', Buffer.from('p\0\0\0\x08abcd'), '08P01'],
  ['a password with a NUL inside', Buffer.from('p\0\0\0\x09ab\0d\0'), '08P01'],
  ['a password that is not UTF-8', Buffer.from([0x70, 0, 0, 0, 6, 0xff, 0]), '28P01'],
  ['an empty password', Buffer.from('p\0\0\0\x05\0'), '28P01'],
])('%s ends the login', async (_name, bytes, code) => {
  const { secure, closed } = await encrypted(door)
  secure.write(startup)
  secure.write(bytes)
  expect(errorIn(await closed)['C']).toBe(code)
})

test('a token of 20 kB reaches the gate, which judges it', async () => {
  const { secure, closed } = await encrypted(door)
  const token = Buffer.from(`${'x'.repeat(20_000)}\0`)
  const head = Buffer.from('p\0\0\0\0')
  head.writeInt32BE(token.length + 4, 1)
  secure.write(Buffer.concat([startup, head]))
  secure.write(token)
  expect(errorIn(await closed)).toMatchObject({ C: '28P01', M: 'the signature of the token does not verify' })
})

test('a cancel request is taken under TLS too, and answered with silence', async () => {
  const { secure, closed } = await encrypted(door)
  secure.write(packet(80877102, Buffer.alloc(8)))
  expect(await closed).toHaveLength(0)
})

test('who stalls is cut after the deadline, and others log in meanwhile', async () => {
  const hasty = await openDoor(server, { limits: { handshake: 1000 } })
  const silent = await hasty.raw()
  const half = await hasty.raw()
  half.socket.write(startup.subarray(0, 9))
  const unsecured = await hasty.raw()
  unsecured.socket.write(sslRequest)
  const waiting = await encrypted(hasty)
  waiting.secure.write(startup)
  expect((await hasty.psql('select 1', { token: 'wrong' })).err).toMatch(/signature/)
  expect(errorIn(await silent.closed)['C']).toBe('57014')
  expect(errorIn(await half.closed)['C']).toBe('57014')
  expect((await unsecured.closed).toString()).toBe('S')
  expect(errorIn(await waiting.closed)['C']).toBe('57014')
  await hasty.stop()
})

test('who hangs up leaves nothing behind', async () => {
  const before = door.world.journal.events.length
  for (const bytes of [Buffer.alloc(0), startup.subarray(0, 3), sslRequest]) {
    const { socket } = await door.raw()
    socket.write(bytes)
    socket.end()
    socket.destroy()
  }
  const { secure, closed } = await encrypted(door)
  secure.write(startup)
  secure.end()
  await closed
  await expect.poll(() => door.connections()).toBe(0)
  expect(door.world.journal.events).toHaveLength(before)
})

test('a draining agent says so to who is logging in', async () => {
  const draining = await openDoor(server)
  const { secure, closed, heard } = await encrypted(draining)
  secure.write(startup)
  await expect.poll(() => heard().length).toBeGreaterThan(0)
  void draining.stop()
  expect(errorIn(await closed)['C']).toBe('57P01')
})

test('no refusal, event or log line repeats a token', async () => {
  await door.psql('select 1', { token: 'canary-token-value' })
  await door.psql('select 1', { token: 'canary-token-value', database: 'broken' })
  expect(JSON.stringify([door.world.journal.events, door.warnings])).not.toContain('canary-token-value')
})
