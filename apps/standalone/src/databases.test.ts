import { type RunningPostgres, startTemporaryPostgres } from '@sallyport/embedded-postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureControlPlaneDatabase, ensureShopDatabase, urlFor, withClient } from './databases.js'
import { fillShop } from './demo/shop/fill.js'

let server: RunningPostgres
let controlPlane: string
const plane = { name: 'sallyport', password: 'plane: a/b' }
const gateway = { name: 'shop_gateway', password: 'gate%way' }

beforeAll(async () => {
  server = await startTemporaryPostgres()
  controlPlane = await ensureControlPlaneDatabase(server.url, plane)
  await fillShop(await ensureShopDatabase(server.url, gateway), gateway.name)
  // What every later start does.
  await ensureControlPlaneDatabase(server.url, plane)
  await fillShop(await ensureShopDatabase(server.url, gateway), gateway.name)
})
afterAll(() => server.stop())

const ask = (url: string, text: string) => withClient(url, async (client) => (await client.query<Record<string, unknown>>(text)).rows)
const asGateway = (database: string) => urlFor(server.url, database, gateway)

describe('the gateway', () => {
  it('reads the shop and changes rows', async () => {
    expect(await ask(asGateway('shop'), 'select status from orders where id = 7')).toEqual([{ status: 'paid' }])
    expect(await ask(asGateway('shop'), `update orders set note = 'x' where id = 7 returning id`)).toEqual([{ id: 7 }])
    expect(
      await ask(
        asGateway('shop'),
        `insert into orders (customer_id, status, total_cents) values (1, 'pending', 1) returning id > 12000 as next`,
      ),
    ).toEqual([{ next: true }])
  })

  it('owns nothing and makes nothing', async () => {
    expect(await ask(asGateway('shop'), `select relname from pg_class where relowner = 'shop_gateway'::regrole`)).toEqual([])
    await expect(ask(asGateway('shop'), 'create table mine ()')).rejects.toMatchObject({ code: '42501' })
    await expect(ask(asGateway('shop'), 'create temporary table mine ()')).rejects.toMatchObject({ code: '42501' })
    await expect(ask(asGateway('shop'), 'drop table orders')).rejects.toMatchObject({ code: '42501' })
  })

  it.each(['sallyport', 'postgres', 'template1'])('cannot connect to %s', async (database) => {
    await expect(ask(asGateway(database), 'select 1')).rejects.toMatchObject({ code: '42501' })
  })
})

it('the control plane owns its database and reaches no other', async () => {
  await ask(controlPlane, 'create schema jobs')
  await expect(ask(urlFor(server.url, 'shop', plane), 'select 1')).rejects.toMatchObject({ code: '42501' })
})
