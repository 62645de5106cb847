import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'
import { eventually, rest } from '../world.js'
import { type OwnAgent, startAgent } from './agent.js'
import { logIn, middle, untilServed } from './clients.js'
import { databasePort, put, register, shop } from './estate.js'
import { oneRow, type ScriptedTarget, startTarget } from './target.js'

/** What one address may have at the second agent; half of it may wait to be let in. */
const narrow = 100

let wide: OwnAgent
let small: OwnAgent
let target: ScriptedTarget
const undo: (() => Promise<void>)[] = []

beforeAll(async () => {
  target = await startTarget({ catalog: databasePort(), asked: (socket) => socket.write(oneRow('1')) })
  wide = await startAgent({ name: 'storm' })
  small = await startAgent({ name: 'small-storm', env: { SALLYPORT_MAX_CONNECTIONS_PER_ADDRESS: String(narrow) } })
  for (const { selector } of [wide, small]) undo.push(await register({ name: selector['limits']!, target: shop(target.port), selector }))
  await untilServed({ ...wide.world, resource: 'storm' })
  await untilServed({ ...small.world, resource: 'small-storm' })
})

afterAll(async () => {
  for (const one of undo) await one()
  await wide?.stop()
  await small?.stop()
  await target?.close()
})

const inStorm = () => ({ ...wide.world, resource: 'storm' })

describe('a storm of logins', () => {
  it('below what may wait at once is let in whole, and each is answered', async () => {
    const count = size('logins at once')
    const begun = performance.now()
    const taken = await Promise.all(
      Array.from({ length: count }, async () => {
        const client = await logIn(inStorm())
        await client.query('select 1')
        const ms = performance.now() - begun
        await client.end()
        return ms
      }),
    )
    const sorted = taken.toSorted((a, b) => a - b)
    expect(sorted).toHaveLength(count)
    tell('login-storm', `${count} logins at once from one address`, [
      { what: 'answered, middle', value: middle(sorted), unit: 'ms' },
      { what: 'answered, last', value: sorted.at(-1)!, unit: 'ms' },
    ])
  })

  it('beyond what an address may have loses some of its own, and leaves nothing behind', async () => {
    const login = { ...small.world, resource: 'small-storm' }
    const clients = await Promise.allSettled(Array.from({ length: 4 * narrow }, () => logIn(login)))
    const inside = clients.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(inside.length).toBeGreaterThan(0)
    expect(inside.length).toBeLessThanOrEqual(narrow)
    for (const client of inside) expect((await client.query('select 1')).rowCount).toBe(1)
    await Promise.all(inside.map((client) => client.end()))
    await untilServed(login)
    await eventually(
      async () => (await (await fetch(`${small.admin}/metrics`)).text()).match(/^sallyport_sessions(?:\{[^}]*\})? (\d+)/m)?.[1],
      (sessions) => sessions === '0',
    )
  })
})

describe('garbage', () => {
  const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
  /** A generator that a seed repeats (mulberry32): what failed once must fail again. */
  const seeded = (seed: number) => (): number => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  function dial(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(wide.world.ready.postgres.port, '127.0.0.1', () => resolve(socket))
      socket.on('error', reject)
    })
  }

  async function encrypted(): Promise<Socket> {
    const socket = await dial()
    socket.write(sslRequest)
    await new Promise((resolve) => socket.once('data', resolve))
    const tls = connectTls({ socket, rejectUnauthorized: false })
    await new Promise((resolve) => tls.once('secureConnect', resolve))
    return tls
  }

  const closed = (socket: Socket) =>
    new Promise<void>((resolve) => {
      socket.on('error', () => undefined)
      socket.once('close', () => resolve())
      socket.resume()
    })

  it('of any kind and at any stage ends its own connection and nothing else', async () => {
    const random = seeded(41)
    const blob = () => Buffer.from(Array.from({ length: 1 + Math.floor(random() * 400) }, () => Math.floor(random() * 256)))
    const ways: readonly (() => Promise<Socket>)[] = [dial, encrypted]
    for (let i = 0; i < size('blobs of garbage'); i++) {
      const socket = await ways[i % ways.length]!()
      const over = closed(socket)
      // Garbage may begin like something that is to be continued: nothing more comes.
      socket.end(blob())
      await over
    }
    const client = await logIn(inStorm())
    expect((await client.query('select 1')).rowCount).toBe(1)
    await client.end()
  })
})

describe('a token that expires in mid-session', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let issuer: Server
  let url: string

  beforeAll(async () => {
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'short', alg: 'ES256', use: 'sig' }
    issuer = createServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
    )
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
    const provider = {
      kind: 'trust-provider',
      name: 'brief',
      issuer: url,
      jwks_uri: `${url}/jwks`,
      audiences: ['sallyport-brief'],
      groups: 'groups',
    }
    await put('/v1/trust-providers/brief', provider)
    const policy = {
      kind: 'policy',
      name: 'brief',
      subjects: { providers: ['brief'], groups: ['brief/briefly'] },
      resources: { names: ['storm'] },
      rules: [{ id: 'open', match: { effects: { only: ['read', 'session_ok'] } }, action: 'allow' }],
    }
    await put('/v1/policies/brief', policy)
  })
  afterAll(async () => {
    await rest('root', 'DELETE', '/v1/policies/brief')
    await rest('root', 'DELETE', '/v1/trust-providers/brief')
    issuer?.close()
  })

  function tokenFor(seconds: number): string {
    const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: url, sub: 'fleeting', aud: 'sallyport-brief', iat, exp: iat + seconds, jti: randomUUID(), groups: ['briefly'] }
    const input = `${b64({ alg: 'ES256', kid: 'short' })}.${b64(claims)}`
    return `${input}.${createSign('sha256').update(input).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }

  it('ends it with the reason, within a second', async () => {
    const enter = () => logIn({ ...inStorm(), as: 'fleeting', password: tokenFor(4) })
    const client = await eventually(
      () => enter().catch((error: Error) => error),
      (found) => !(found instanceof Error),
    )
    if (client instanceof Error) throw client
    const said = new Promise<Error>((resolve) => client.once('error', resolve))
    expect((await client.query('select 1')).rowCount).toBe(1)
    expect((await said).message).toContain('expired')
    await expect(logIn({ ...inStorm(), as: 'fleeting', password: tokenFor(-120) })).rejects.toMatchObject({ code: '28P01' })
  })
})
