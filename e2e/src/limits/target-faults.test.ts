import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, chmod } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type PostgresOptions, type RunningPostgres, startPostgres } from '@sallyport/embedded-postgres'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../world.js'
import { type OwnAgent, startAgent } from './agent.js'
import { logIn, untilServed } from './clients.js'
import { databasePort, register, shop, targetOf } from './estate.js'
import { message, row, rowDescription, startTarget } from './target.js'

let agent: OwnAgent
let folder: string
let options: PostgresOptions
let server: RunningPostgres
const undo: (() => Promise<void>)[] = []

const login = (resource: string) => ({ ...agent.world, resource })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'))
  // As root the server runs under another account, which must be able to pass through.
  await chmod(folder, 0o711)
  options = { dataDir: join(folder, 'data'), password: randomBytes(16).toString('hex'), extraConfig: { fsync: 'off' }, discard: folder }
  server = await startPostgres(options)
  options = { ...options, port: server.port }
  agent = await startAgent({ name: 'faults' })
  undo.push(
    await register({ name: 'faults', target: targetOf(server.url), selector: agent.selector, allowed: ['read', 'session_ok', 'delay'] }),
  )
  await untilServed(login('faults'))
})

afterAll(async () => {
  for (const one of undo) await one()
  await agent?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What a statement is answered with when its connection is lost under it. */
function lost(client: Client, statement: string): Promise<Error> {
  return client.query(statement).then(
    () => new Error('it was answered'),
    (e: Error) => e,
  )
}

/** A resource on a scripted target that misbehaves after it was asked something, or instead of letting anybody in. */
async function misbehaving(name: string, script: { asked?: (socket: Socket) => void; enter?: (socket: Socket) => void }): Promise<void> {
  const target = await startTarget({ catalog: databasePort(), asked: script.asked ?? (() => undefined), ...script })
  const forget = await register({ name, target: shop(target.port), selector: agent.selector })
  undo.push(async () => {
    await forget()
    await target.close()
  })
}

describe('a target that fails', () => {
  it('by losing the backend in mid-result ends that session with a word, and no other', async () => {
    const [client, other] = [await logIn(login('faults')), await logIn(login('faults'))]
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const running = lost(client, 'select i, pg_sleep(0.001) from generate_series(1, 1000000) i')
    await new Promise((resolve) => setTimeout(resolve, 300))
    process.kill(rows[0]!.pid, 'SIGTERM')
    expect(await running).toMatchObject({ code: '57P01' })
    expect((await other.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await other.end()
  })

  it('by being killed whole ends its sessions, refuses logins while it is away, and is served again when it is back', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => logIn(login('faults'))))
    const running = clients.map((client) => lost(client, 'select i, pg_sleep(0.001) from generate_series(1, 1000000) i'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    process.kill(server.pid, 'SIGKILL')
    for (const error of await Promise.all(running)) expect(error.message).toMatch(/closed the connection|terminat/i)
    await expect(logIn(login('faults'))).rejects.toMatchObject({
      message: expect.stringMatching(/does not answer|refused|closed/) as string,
    })
    server = await startPostgres(options)
    await untilServed(login('faults'))
    const again = await logIn(login('faults'))
    expect((await again.query<{ n: string }>('select count(*) as n from pg_class')).rows[0]!.n).toMatch(/^\d+$/)
    await again.end()
  })

  it('by a restart that changes its tables is read anew', async () => {
    await server.stop()
    server = await startPostgres(options)
    const admin = new Client({ connectionString: server.url })
    await admin.connect()
    await admin.query('create table late (id integer); insert into late values (7)')
    await admin.end()
    await untilServed(login('faults'))
    const client = await logIn(login('faults'))
    // A name that was not there a moment ago is believed for a second not to be.
    const found = await eventually(
      () => client.query('select id from late').catch((error: Error) => error),
      (answer) => !(answer instanceof Error),
    )
    expect(found).toMatchObject({ rows: [{ id: 7 }] })
    await client.end()
  })

  it.each([
    ['hanging up', (socket: Socket) => void socket.end()],
    ['resetting the connection', (socket: Socket) => void socket.resetAndDestroy()],
  ])('in mid-row by %s ends the session, and nobody takes half a row for a whole one', async (what, fail) => {
    const name = what.startsWith('hang') ? 'hangs-up' : 'resets'
    await misbehaving(name, {
      asked: (socket) => {
        const whole = row('x'.repeat(5000))
        socket.write(Buffer.concat([rowDescription('x'), whole, whole.subarray(0, 2500)]), () => fail(socket))
      },
    })
    await untilServed(login(name))
    const client = await logIn(login(name))
    const error = await lost(client, 'select 1')
    expect(error.message).not.toBe('it was answered')
    expect((await fetch(`${agent.admin}/healthz`)).status).toBe(200)
  })

  it('by talking nonsense ends the session with a word', async () => {
    await misbehaving('nonsense', { asked: (socket) => void socket.write(Buffer.concat([message('?', 'x'), Buffer.alloc(64, 0xff)])) })
    await untilServed(login('nonsense'))
    const error = await lost(await logIn(login('nonsense')), 'select 1')
    expect(error.message).not.toBe('it was answered')
  })

  it('by taking the connection and saying nothing is given up in time, and the client is told', async () => {
    const waiting: Socket[] = []
    await misbehaving('silent', { enter: (socket) => void waiting.push(socket) })
    const refused = await eventually(
      () => logIn(login('silent')).catch((error: Error) => error.message),
      (message) => typeof message === 'string' && !message.includes('no resource'),
      40_000,
    )
    expect(refused).toMatch(/in time|did not/)
    await eventually(
      async () => waiting.filter((socket) => !socket.destroyed && !socket.readableEnded).length,
      (left) => left === 0,
    )
  })
})
