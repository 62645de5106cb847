import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually, psql, rest, sallyport, shared, tokenOf } from './world.js'

const clients: pg.Client[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((c) => c.end().catch(() => undefined)))
})

async function connected(as: string): Promise<{ client: pg.Client; lost: Promise<Error & { code?: string }> }> {
  const { ready } = shared()
  const client = new pg.Client({
    host: 'localhost',
    port: ready.postgres.port,
    database: 'shop',
    user: as,
    password: await tokenOf(as),
    ssl: { rejectUnauthorized: false },
  })
  const lost = new Promise<Error & { code?: string }>((resolve) => client.on('error', resolve))
  await client.connect()
  clients.push(client)
  return { client, lost }
}

/** The promise's value, or a failure when it takes longer than a change may take to be enforced. */
function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms)),
  ])
}

describe('authorisation is continuous', () => {
  it('a lock cuts a live session within a second and says why, and its removal lets the principal in again', async () => {
    const { client, lost } = await connected('report-bot')
    await client.query('select 1')
    const lock = await rest('root', 'POST', '/v1/locks', { target: { kind: 'principal', name: 'report-bot' }, message: 'incident 42' })
    expect(lock.status).toBe(201)
    expect((await within(1000, lost, 'the cut')).message).toContain('incident 42')
    const refused = await psql(['select 1'], { as: 'report-bot' })
    expect(refused.stderr).toContain('incident 42')
    expect((await rest('root', 'DELETE', `/v1/locks/${String(lock.body['id'])}`)).status).toBe(204)
    await eventually(
      () => psql(['select 1'], { as: 'report-bot' }),
      (r) => r.code === 0,
      3000,
    )
  })

  it('a policy changed by REST reaches the next statement of a live session within a second', async () => {
    const { client } = await connected('billing-agent')
    await client.query('select count(*) from products')
    const policy = {
      kind: 'policy',
      name: 'e2e-no-products',
      subjects: { groups: ['ai-agents'] },
      resources: { names: ['shop'] },
      rules: [
        { id: 'closed', match: { touches: [{ kind: 'relation', name: 'public.products' }] }, action: 'deny', message: 'stocktaking' },
      ],
    }
    expect((await rest('root', 'PUT', '/v1/policies/e2e-no-products', policy)).status).toBeLessThan(300)
    const error = await eventually(
      () =>
        client.query('select count(*) from products').then(
          () => undefined,
          (e: Error) => e,
        ),
      (e) => e !== undefined,
      1000,
    )
    expect(error!.message).toContain('e2e-no-products')
    expect((await rest('root', 'DELETE', '/v1/policies/e2e-no-products')).status).toBe(204)
    await eventually(
      () =>
        client.query('select count(*) from products').then(
          () => true,
          () => false,
        ),
      (ok) => ok,
      3000,
    )
  })

  it('a running query that is no longer allowed is cancelled and cut within a second', async () => {
    const { client } = await connected('root')
    const running = client.query('select pg_sleep(30)').then(
      () => undefined,
      (e: Error) => e,
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    const lock = await rest('dana', 'GET', '/v1/me')
    expect(lock.status).toBe(200)
    const { body } = await rest('root', 'POST', '/v1/locks', { target: { kind: 'resource', name: 'shop' }, message: 'maintenance' })
    const error = await within(1000, running, 'the cut of a running query')
    expect(error).toBeInstanceOf(Error)
    expect((await rest('root', 'DELETE', `/v1/locks/${String(body['id'])}`)).status).toBe(204)
    await eventually(
      () => psql(['select 1']),
      (r) => r.code === 0,
      3000,
    )
  })

  it('sessions kill ends a live session within a second', async () => {
    const { client, lost } = await connected('alice')
    await client.query('select 1')
    const live = await eventually(
      async () =>
        JSON.parse((await sallyport(['sessions', 'list', '--json'])).stdout) as {
          items: { id: string; state: string; principal: { name: string } }[]
        },
      ({ items }) => items.some((s) => s.principal.name === 'alice' && s.state === 'active'),
    )
    const id = live.items.find((s) => s.principal.name === 'alice' && s.state === 'active')!.id
    expect((await sallyport(['sessions', 'kill', id])).code).toBe(0)
    await within(1000, lost, 'the cut')
  })
})
