import { createHash, createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as tlsConnect, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { psql, shared, tokenOf } from './world.js'

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const gssRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 48])

function dial(): Promise<Socket> {
  const { port } = shared().ready.postgres
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Everything a socket says until it closes, or until `enough` is satisfied. */
function hear(socket: Socket | TLSSocket, enough: (heard: Buffer) => boolean = () => false): Promise<Buffer> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      if (enough(heard)) resolve(heard)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
  })
}

function startup(parameters: Readonly<Record<string, string>>, version = 196608): Buffer {
  const body = Buffer.from(
    `${Object.entries(parameters)
      .map(([k, v]) => `${k}\0${v}\0`)
      .join('')}\0`,
  )
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8)
  head.writeInt32BE(version, 4)
  return Buffer.concat([head, body])
}

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

async function secured(): Promise<TLSSocket> {
  const socket = await dial()
  socket.write(sslRequest)
  await new Promise((resolve) => socket.once('data', resolve))
  return new Promise((resolve, reject) => {
    const tls = tlsConnect({ socket, rejectUnauthorized: false, servername: 'localhost' }, () => resolve(tls))
    tls.once('error', reject)
  })
}

/** A connection that has reached ReadyForQuery. */
async function loggedIn(): Promise<TLSSocket> {
  const tls = await secured()
  tls.write(startup({ user: 'billing-agent', database: 'shop' }))
  await new Promise((resolve) => tls.once('data', resolve))
  const ready = hearOnce(tls, (b) => b.includes(Buffer.from([0x5a, 0, 0, 0, 5])))
  tls.write(message('p', `${await tokenOf('billing-agent')}\0`))
  await ready
  return tls
}

function hearOnce(socket: TLSSocket, enough: (heard: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0)
    const take = (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      if (!enough(heard)) return
      socket.off('data', take)
      resolve(heard)
    }
    socket.on('data', take)
    socket.once('close', () => resolve(heard))
  })
}

describe('the first bytes', () => {
  it('GSSENCRequest is answered N by us, and SSLRequest may follow', async () => {
    const socket = await dial()
    socket.write(gssRequest)
    expect(await new Promise((resolve) => socket.once('data', resolve))).toEqual(Buffer.from('N'))
    socket.write(sslRequest)
    expect(await new Promise((resolve) => socket.once('data', resolve))).toEqual(Buffer.from('S'))
    socket.destroy()
  })

  it('plaintext in the same segment as SSLRequest ends the connection', async () => {
    const socket = await dial()
    const heard = hear(socket)
    socket.write(Buffer.concat([sslRequest, startup({ user: 'x' })]))
    expect((await heard).includes(Buffer.from('SFATAL'))).toBe(false)
  })

  it.each([
    ['length 0', Buffer.from([0, 0, 0, 0, 0, 3, 0, 0])],
    ['length 3', Buffer.from([0, 0, 0, 3, 0, 3, 0, 0])],
    ['length 2^31', Buffer.from([0x80, 0, 0, 0, 0, 3, 0, 0])],
    ['length 2^31-1', Buffer.from([0x7f, 255, 255, 255, 0, 3, 0, 0])],
    ['protocol 2', startup({ user: 'x' }, 131072)],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['random bytes', createHash('sha512').update('garbage').digest()],
  ])('%s is refused and closed', async (_what, bytes) => {
    const socket = await dial()
    const heard = hear(socket)
    socket.write(bytes)
    await heard
    expect(socket.destroyed || socket.readableEnded).toBe(true)
  })

  it('handshakes that stall delay nobody, not even when there are more than have room', async () => {
    const stalled = await Promise.all(Array.from({ length: 1200 }, () => dial()))
    const { code } = await psql(['select 1'])
    expect(code).toBe(0)
    for (const socket of stalled) socket.destroy()
  })
})

describe('start-up parameters', () => {
  it.each([
    ['replication', startup({ user: 'billing-agent', database: 'shop', replication: 'database' })],
    ['a duplicate user', Buffer.concat([startup({ user: 'billing-agent', database: 'shop' })])],
    ['role', startup({ user: 'billing-agent', database: 'shop', role: 'postgres' })],
    ['session_replication_role', startup({ user: 'billing-agent', database: 'shop', session_replication_role: 'replica' })],
    [
      'options that set anything unlisted',
      startup({ user: 'billing-agent', database: 'shop', options: '-c standard_conforming_strings=off' }),
    ],
    ['another encoding', startup({ user: 'billing-agent', database: 'shop', client_encoding: 'SJIS' })],
  ])('%s is refused with FATAL', async (what, packet) => {
    const bytes =
      what === 'a duplicate user'
        ? (() => {
            const body = Buffer.from('user\0billing-agent\0user\0root\0database\0shop\0\0')
            const head = Buffer.alloc(8)
            head.writeInt32BE(body.length + 8)
            head.writeInt32BE(196608, 4)
            return Buffer.concat([head, body])
          })()
        : packet
    const tls = await secured()
    const heard = hear(tls)
    tls.write(bytes)
    expect((await heard).toString('latin1')).toContain('FATAL')
  })

  it('a newer minor version is negotiated down, as libpq 19 expects', async () => {
    const tls = await secured()
    tls.write(startup({ user: 'billing-agent', database: 'shop', '_pq_.test_protocol_negotiation': '1' }, (3 << 16) | 9999))
    const first = await new Promise<Buffer>((resolve) => tls.once('data', resolve))
    expect(String.fromCharCode(first[0]!)).toBe('v')
    expect(first.includes(Buffer.from('_pq_.test_protocol_negotiation'))).toBe(true)
    tls.destroy()
  })
})

describe('tokens', () => {
  const b64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

  async function refused(token: string): Promise<string> {
    const { code, stderr } = await psql(['select 1'], { password: token })
    expect(code).not.toBe(0)
    expect(stderr).not.toContain(token.slice(-40))
    return stderr
  }

  it('with alg none is refused', async () => {
    const [, payload] = (await tokenOf('billing-agent')).split('.')
    expect(await refused(`${b64({ alg: 'none' })}.${payload}.`)).toContain('FATAL')
  })

  it('signed HS256 with the public key is refused', async () => {
    const { issuer } = shared().ready
    const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as { jwks_uri: string }
    const jwks = (await (await fetch(discovery.jwks_uri)).json()) as { keys: { kid: string }[] }
    const [, payload] = (await tokenOf('billing-agent')).split('.')
    const input = `${b64({ alg: 'HS256', kid: jwks.keys[0]!.kid })}.${payload}`
    const signature = createHmac('sha256', JSON.stringify(jwks.keys[0])).update(input).digest('base64url')
    await refused(`${input}.${signature}`)
  })

  it('signed with a key nobody published is refused, by known and by unknown kid', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [header, payload] = (await tokenOf('billing-agent')).split('.')
    const known = JSON.parse(Buffer.from(header!, 'base64url').toString()) as object
    for (const head of [known, { ...known, kid: 'nobody' }]) {
      const input = `${b64(head)}.${payload}`
      const signature = createSign('sha256').update(input).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
      await refused(`${input}.${signature}`)
    }
  })

  it('for REST is refused by the data path, and one for the data path by REST', async () => {
    const { home, ready } = shared()
    await refused(await tokenOf('billing-agent', home, '--api'))
    const response = await fetch(`${ready.http}/v1/me`, { headers: { authorization: `Bearer ${await tokenOf('root')}` } })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
  })

  it('of 32 KiB is refused', async () => {
    await refused(`${b64({ alg: 'ES256' })}.${'A'.repeat(32 * 1024)}.AAAA`)
  })
})

describe('after login', () => {
  it.each([
    ['length 0', Buffer.from([0x51, 0, 0, 0, 0])],
    ['length 3', Buffer.from([0x51, 0, 0, 0, 3])],
    ['length 2^31', Buffer.from([0x51, 0x80, 0, 0, 0])],
    ['an unknown type', message('!', 'x')],
    ['a password out of turn', message('p', 'x\0')],
  ])('%s ends the session with an error of the protocol', async (_what, bytes) => {
    const tls = await loggedIn()
    const heard = hear(tls)
    tls.write(bytes)
    expect((await heard).toString('latin1')).toMatch(/08P01|54000/)
  })

  it.each([
    ['a query of 1 GiB, of which only the header ever comes', Buffer.from([0x51, 0x3f, 255, 255, 255]), '54000'],
    ['a Query without NUL', message('Q', 'select 1'), '08P01'],
  ])('%s is answered with an error of the protocol at once', async (_what, bytes, state) => {
    const tls = await loggedIn()
    const heard = hearOnce(tls, (b) => b.includes(Buffer.from([0x5a, 0, 0, 0, 5])))
    tls.write(bytes)
    expect((await heard).toString('latin1')).toContain(state)
    tls.destroy()
  })

  it('a statement with NUL inside is never run in part', async () => {
    const tls = await loggedIn()
    const heard = hear(tls)
    tls.write(message('Q', Buffer.from('select 41+1;\0 drop table products\0')))
    tls.write(message('X', ''))
    const said = (await heard).toString('latin1')
    expect(said).not.toContain('42\0')
    expect(said).toMatch(/08P01/)
  })

  it('a FunctionCall is refused', async () => {
    const tls = await loggedIn()
    const body = Buffer.alloc(4 + 2 + 2 + 2)
    body.writeInt32BE(1598)
    const answer = hearOnce(tls, (b) => b.includes(Buffer.from([0x5a, 0, 0, 0, 5])))
    tls.write(message('F', body))
    expect((await answer).toString('latin1')).toContain('42501')
    tls.destroy()
  })

  it('20 kB of nested parentheses are refused and nobody else suffers', async () => {
    const deep = `select ${'('.repeat(10_000)}1${')'.repeat(10_000)}`
    const { stderr } = await psql([deep, 'select 1'])
    expect(stderr).toContain('ERROR')
    expect((await psql(['select 1'])).code).toBe(0)
  })

  it('a statement beyond 1 MiB is refused as too large and the session goes on', async () => {
    const tls = await loggedIn()
    const answer = hear(tls)
    tls.write(message('Q', `select '${'x'.repeat(1 << 20)}'\0`))
    // Goodbye, not a hang-up: who hangs up is not answered any more.
    tls.write(message('X', ''))
    expect((await answer).toString('latin1')).toMatch(/54000/)
  })
})
