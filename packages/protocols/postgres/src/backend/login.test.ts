import { createServer, type Server, type Socket } from 'node:net'
import type { UpstreamTls } from '@sallyport/gate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rootCertificate } from '../../test/certificates.js'
import { has18, password, startTarget, type TestTarget } from '../../test/target.js'
import { dial } from '../../test/transports.js'
import { frontend } from '../codec/index.js'
import { cancelAt } from './cancel.js'
import { login, type Login } from './login.js'
import { openSide } from './side.js'

let server: TestTarget
beforeAll(async () => {
  server = await startTarget()
})
afterAll(() => server.stop())

const quiet = () => AbortSignal.timeout(15_000)

async function enter(fields: Readonly<Record<string, unknown>>, secret: string | undefined = password): Promise<Login> {
  const target = server.target(fields)
  return login({ target, password: secret, settings: {}, dial: () => dial(server.port), signal: quiet() })
}

async function entered(fields: Readonly<Record<string, unknown>>, secret?: string): Promise<boolean> {
  const { upstream, inbound } = await enter(fields, secret)
  inbound.release()
  upstream.stream.destroy()
  return upstream.encrypted
}

test.each(['app_scram', 'app_md5', 'app_clear', 'app_trust'])('%s logs in, in clear on loopback and under TLS', async (user) => {
  expect(await entered({ user, sslmode: 'disable' })).toBe(false)
  expect(await entered({ user, sslmode: 'verify-full', sslrootcert: rootCertificate })).toBe(true)
})

test.each([
  ['disable', false],
  ['allow', false],
  ['prefer', true],
  ['require', true],
])('sslmode %s takes the transport that libpq takes', async (sslmode, encrypted) => {
  expect(await entered({ user: 'app_scram', sslmode })).toBe(encrypted)
})

test('allow and prefer try the other transport where the target refuses the first, as libpq does', async () => {
  expect(await entered({ user: 'app_tls', sslmode: 'allow' })).toBe(true)
  expect(await entered({ user: 'app_plain', sslmode: 'prefer' })).toBe(false)
  await expect(enter({ user: 'app_plain', sslmode: 'require' })).rejects.toMatchObject({ details: { sqlstate: '28000' } })
  await expect(enter({ user: 'app_tls', sslmode: 'disable' })).rejects.toMatchObject({ details: { sqlstate: '28000' } })
})

test('verify-full wants the name, verify-ca the chain, and require with roots the chain too', async () => {
  const roots = { user: 'app_scram', sslrootcert: rootCertificate }
  expect(await entered({ ...roots, host: 'localhost', sslmode: 'verify-full' })).toBe(true)
  await expect(enter({ ...roots, host: '127.0.0.2', sslmode: 'verify-full' })).rejects.toThrow(/TLS with the target failed/)
  expect(await entered({ ...roots, host: '127.0.0.2', sslmode: 'verify-ca' })).toBe(true)
  await expect(enter({ user: 'app_scram', sslmode: 'verify-full', sslrootcert: 'system' })).rejects.toThrow(/TLS with the target failed/)
})

test('SCRAM is bound to the certificate that TLS saw', async () => {
  const elsewhere = async () => {
    const plain = await dial(server.port)
    return { ...plain, upgrade: async (tls: UpstreamTls) => ({ ...(await plain.upgrade(tls)), endPoint: new Uint8Array(32) }) }
  }
  const target = server.target({ user: 'app_scram', sslmode: 'require' })
  await expect(login({ target, password, settings: {}, dial: elsewhere, signal: quiet() })).rejects.toThrow(/channel binding check failed/)
})

test('a wrong password and a missing one are told apart, and neither is repeated', async () => {
  await expect(enter({ user: 'app_scram' }, 'wrong')).rejects.toMatchObject({ code: 'target_rejected', details: { sqlstate: '28P01' } })
  const options = {
    target: server.target({ user: 'app_scram' }),
    password: undefined,
    settings: {},
    dial: () => dial(server.port),
    signal: quiet(),
  }
  await expect(login(options)).rejects.toThrow(/the resource has none/)
})

test('settings reach the session and the key cancels it', async () => {
  const settings = {
    application_name: 'sallyport/ses_1/me',
    search_path: 'pg_catalog',
    default_transaction_read_only: 'on',
    statement_timeout: '1234',
  }
  const target = server.target({ user: 'app_scram' })
  const side = await openSide({ target, password, settings, dial: () => dial(server.port), signal: quiet() })
  const shown = ['application_name', 'search_path', 'default_transaction_read_only', 'statement_timeout'].map(
    (s) => `current_setting('${s}')`,
  )
  expect(await side.query(`select ${shown.join(', ')}`)).toEqual([['sallyport/ses_1/me', 'pg_catalog', 'on', '1234ms']])
  await expect(side.query('select nonsense')).rejects.toMatchObject({ details: { sqlstate: '42703' } })
  expect(await side.query('select null, 1')).toEqual([[null, '1']])
  side.close()
  const { upstream, inbound, parameters, key } = await enter({ user: 'app_scram' })
  expect(parameters.get('server_encoding')).toBe('UTF8')
  expect(key?.pid).toBeGreaterThan(0)
  inbound.release()
  upstream.stream.destroy()
})

test('a server without protocol 3.2 is spoken to in 3.0, and its key is a short one', async () => {
  const { upstream, inbound, key } = await enter({ user: 'app_scram' })
  expect(key?.secret).toHaveLength(4)
  inbound.release()
  upstream.stream.destroy()
})

test.runIf(has18)('a server with protocol 3.2 is spoken to in it, and only its whole long key cancels', async () => {
  const newer = await startTarget({}, 18)
  const own = () => dial(newer.port)
  const target = newer.target({ user: 'app_scram', sslmode: 'verify-full', sslrootcert: rootCertificate })
  const { upstream, inbound, frames, key } = await login({ target, password, settings: {}, dial: own, signal: quiet() })
  const side = await newer.side()
  const sleeping = () => side.query(`select count(*) from pg_stat_activity where wait_event = 'PgSleep'`)
  expect(key?.secret).toHaveLength(32)
  upstream.stream.write(frontend.query('select pg_sleep(20)'))
  await expect.poll(sleeping, { timeout: 5000 }).toEqual([['1']])
  const { pid, secret } = key!
  for (const wrong of [secret.subarray(0, 4), secret.subarray(0, 31), Uint8Array.of(...secret, 0)]) {
    await cancelAt({ target, key: { pid, secret: wrong }, encrypted: true, dial: own })
  }
  expect(await sleeping()).toEqual([['1']])
  await cancelAt({ target, key: { pid, secret }, encrypted: true, dial: own })
  const answers = [await frames.next(), await frames.next(), await frames.next()]
  expect(answers.map(({ type }) => type)).toEqual(['T', 'E', 'Z'])
  expect(answers[1]!.body.toString()).toContain('57014')
  inbound.release()
  upstream.stream.destroy()
  side.close()
  await newer.stop()
})

/** A target that answers as the script says, one entry per read. */
async function impostor(script: readonly (Uint8Array | 'close')[]): Promise<{ server: Server; seen: Buffer[]; port: number }> {
  const seen: Buffer[] = []
  const server = createServer((socket: Socket) => {
    const left = [...script]
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      seen.push(chunk)
      const answer = left.shift()
      if (answer === 'close') socket.destroy()
      else if (answer) socket.write(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { server, seen, port: typeof address === 'object' && address ? address.port : 0 }
}

function message(type: string, ...parts: readonly (Uint8Array | number)[]): Buffer {
  const body = Buffer.concat(parts.map((p) => (typeof p === 'number' ? int32(p) : p)))
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const sasl = message('R', 10, Buffer.from('SCRAM-SHA-256\0\0'))
const ok = message('R', 0)
const joined = (...messages: readonly Buffer[]) => Buffer.concat(messages)

test.each([
  ['says Ok in the middle of SCRAM', [Buffer.concat([sasl, ok])], /did not prove/],
  ['asks twice', [Buffer.concat([sasl, sasl])], /twice/],
  ['asks for Kerberos', [message('R', 7)], /does not know/],
  ['says Ok at the wrong length', [message('R', 0, 0)], /does not know/],
  ['sends a row before login', [message('D', Buffer.from([0, 0]))], /does not speak/],
  ['announces a gigabyte', [Buffer.from([0x52, 0x40, 0, 0, 0])], /does not speak/],
  ['announces minus one', [Buffer.from([0x52, 0xff, 0xff, 0xff, 0xff])], /does not speak/],
  ['is an HTTP server', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], /does not speak/],
  ['hangs up', ['close' as const], /closed the connection/],
  ['negotiates upwards', [message('v', (3 << 16) | 3, 0)], /does not speak/],
  ['negotiates to what was asked for', [message('v', (3 << 16) | 2, 0)], /does not speak/],
  ['negotiates another protocol', [message('v', 4 << 16, 0)], /does not speak/],
  ['does not know an option that nobody asked for', [message('v', 3 << 16, 1, Buffer.from('_pq_.x\0'))], /does not speak/],
  ['breaks off in its list of options', [message('v', 3 << 16, 2, Buffer.from('_pq_.x\0'))], /does not speak/],
  ['negotiates twice', [joined(message('v', 3 << 16, 0), message('v', 3 << 16, 0))], /does not speak/],
  ['negotiates after it asked for a password', [joined(sasl, message('v', 3 << 16, 0))], /does not speak/],
  ['gives a long key in 3.0', [joined(message('v', 3 << 16, 0), ok, message('K', 1, Buffer.alloc(32)))], /does not speak/],
  ['gives a key of 3 bytes', [joined(ok, message('K', 1, Buffer.alloc(3)))], /does not speak/],
  ['gives a key of 257 bytes', [joined(ok, message('K', 1, Buffer.alloc(257)))], /does not speak/],
])('a target that %s is refused', async (_name, script, why) => {
  const { server: fake, port } = await impostor(script)
  const target = server.target({ user: 'app_scram' })
  await expect(login({ target, password, settings: {}, dial: () => dial(port), signal: quiet() })).rejects.toThrow(why)
  fake.close()
})

test('a pooler that knows no other version than 3.0 is asked again in it', async () => {
  const fields = Buffer.from('SFATAL\0C08P01\0Mbad packet header\0\0')
  const { server: fake, seen, port } = await impostor([joined(message('E', fields))])
  const attempt = login({ target: server.target({}), password, settings: {}, dial: () => dial(port), signal: quiet() })
  await expect(attempt).rejects.toMatchObject({ details: { sqlstate: '08P01' } })
  expect(seen.map((packet) => packet.readInt32BE(4) & 0xffff)).toEqual([2, 0])
  fake.close()
  const late = await impostor([sasl, message('E', fields)])
  const other = login({ target: server.target({}), password, settings: {}, dial: () => dial(late.port), signal: quiet() })
  await expect(other).rejects.toMatchObject({ details: { sqlstate: '08P01' } })
  expect(late.seen).toHaveLength(2)
  late.server.close()
})

test('a password in clear or MD5 never goes to an unverified target that is not this machine', async () => {
  for (const question of [message('R', 3), message('R', 5, 77)]) {
    const { server: fake, port, seen } = await impostor([question])
    const target = server.target({ user: 'app_scram', host: 'db.example' })
    await expect(login({ target, password, settings: {}, dial: () => dial(port), signal: quiet() })).rejects.toThrow(
      /only goes to one verified/,
    )
    expect(seen).toHaveLength(1)
    fake.close()
  }
})

test('data ahead of TLS is refused, and so is a target without TLS where it is demanded', async () => {
  for (const [answer, why] of [
    ['SX', /ahead of TLS/],
    ['N', /does not offer TLS/],
    ['E', /does not speak/],
  ] as const) {
    const { server: fake, port } = await impostor([Buffer.from(answer)])
    const target = server.target({ user: 'app_scram', sslmode: 'require' })
    await expect(login({ target, password, settings: {}, dial: () => dial(port), signal: quiet() })).rejects.toThrow(why)
    fake.close()
  }
})

test('a target that stalls is given up when time is up', async () => {
  const { server: fake, port } = await impostor([])
  const controller = new AbortController()
  const waiting = login({ target: server.target({}), password, settings: {}, dial: () => dial(port), signal: controller.signal })
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'target_unreachable' })
  fake.close()
})
