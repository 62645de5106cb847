import {
  fieldsOf,
  type LoggedIn,
  logIn,
  type Message,
  message,
  reach,
  request,
  requestCancel,
  rowOf,
  startup,
  type Transport,
} from '@sallyport/testkit'
import { describe, expect, it } from 'vitest'
import { shared, tokenOf } from './world.js'

/** What the stock clients of Debian 12 cannot say: direct TLS, protocol 3.2, cancel keys at will. Root may delay. */
const port = () => shared().ready.postgres.port

async function enter(options: { minor?: number; transport?: Transport } = {}): Promise<LoggedIn> {
  const parameters = { user: 'root', database: 'shop' }
  return logIn({ port: port(), parameters, password: await tokenOf('root'), ...options })
}

const codes = (messages: readonly Message[]) => messages.filter(({ type }) => type === 'E').map((m) => fieldsOf(m)['C'])
const values = (messages: readonly Message[]) => messages.filter(({ type }) => type === 'D').flatMap(rowOf)

describe('direct TLS', () => {
  it('serves who names the protocol in ALPN', async () => {
    const client = await enter({ transport: 'direct', minor: 2 })
    expect(values(await client.query('select 40 + 2'))).toEqual(['42'])
    client.socket.destroy()
  })

  it.each([
    ['nothing', []],
    ['another one', ['http/1.1']],
  ])('closes on who names %s, before a word is said', async (_what, alpn) => {
    const outcome = await reach({ port: port(), transport: 'direct', alpn }).then(
      async (wire) => {
        wire.send(startup({ user: 'root', database: 'shop' }))
        return wire.closed
      },
      () => [],
    )
    expect(outcome).toEqual([])
  })

  it('asks for nothing twice: SSLRequest under TLS is refused', async () => {
    const wire = await reach({ port: port(), transport: 'direct' })
    wire.send(request(80877103))
    expect(codes(await wire.closed)).toEqual(['08P01'])
  })
})

describe('protocol 3.2', () => {
  it.each([
    [0, 0, 4],
    [2, 2, 32],
    [9999, 2, 32],
  ])('asked for 3.%i, 3.%i is spoken and the key has %i bytes', async (asked, minor, length) => {
    const client = await enter({ minor: asked })
    expect([client.minor, client.key.secret.length]).toEqual([minor, length])
    expect(values(await client.query('select 1'))).toEqual(['1'])
    client.socket.destroy()
  })
})

describe('cancel requests', () => {
  /** A statement that runs for long, once the target is surely at it: of the rows before it, the first has come. */
  async function sleeping(client: LoggedIn): Promise<Promise<readonly Message[]>[]> {
    client.send(message('Q', `select repeat('x', 100000) from generate_series(1, 2); select pg_sleep(20)\0`))
    await client.until(({ type }) => type === 'D')
    return [client.until(({ type }) => type === 'Z')]
  }

  it.each(['plain', 'tls', 'direct'] as const)(
    'sent %s, the whole key cancels its own statement and nothing else does',
    async (transport) => {
      const [mine, other] = [await enter({ minor: 2 }), await enter({ minor: 2 })]
      const [answer] = await sleeping(mine)
      const untouched = other.query('select pg_sleep(1), 8')
      const { pid, secret } = mine.key
      const wrong = [Buffer.alloc(32), secret.subarray(0, 4), Buffer.concat([secret, secret])]
      for (const attempt of wrong) expect(await requestCancel({ port: port(), transport }, { pid, secret: attempt })).toEqual([])
      expect(await requestCancel({ port: port(), transport }, mine.key)).toEqual([])
      expect(codes(await answer!)).toEqual(['57014'])
      expect(values(await untouched)).toEqual(['', '8'])
      expect(values(await mine.query('select 7'))).toEqual(['7'])
      for (const client of [mine, other]) client.socket.destroy()
    },
  )

  it('when nothing runs, nothing is cancelled, now or later', async () => {
    const client = await enter()
    await client.query('select 1')
    await requestCancel({ port: port() }, client.key)
    expect(codes(await client.query('select pg_sleep(0.2)'))).toEqual([])
    client.socket.destroy()
  })
})

describe('bytes of one client', () => {
  it.each([
    ['large rows, which leave as they were read', 'repeat($, 150000)', 60],
    ['small rows, which are copied together', '$', 60_000],
  ])('never reach another, however slowly each reads: %s', async (_rows, value, count) => {
    const letters = ['a', 'b', 'c', 'd', 'e', 'f']
    const clients = await Promise.all(letters.map((_, i) => enter({ minor: 2, transport: i % 2 === 0 ? 'tls' : 'direct' })))
    const answers = clients.map((client, i) => {
      const text = value.replace('$', `'${letters[i]}'`)
      // Now and then each lets its answers pile up at the gateway.
      let chunks = 0
      client.socket.on('data', () => {
        if (++chunks % (3 + i) > 0) return
        client.socket.pause()
        setTimeout(() => client.socket.resume(), i)
      })
      return client.query(`select ${text} from generate_series(1, ${count})`)
    })
    for (const [i, answer] of (await Promise.all(answers)).entries()) {
      const rows = answer.filter(({ type }) => type === 'D')
      expect(rows).toHaveLength(count)
      const foreign = rows.filter(({ body }) => body.subarray(6).some((byte) => byte !== letters[i]!.charCodeAt(0)))
      expect(foreign).toEqual([])
    }
    for (const client of clients) client.socket.destroy()
  })
})
