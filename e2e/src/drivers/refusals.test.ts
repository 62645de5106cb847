import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Address, gatewayTo } from './ground.js'

const ssl = { rejectUnauthorized: false }
let shop: Address
beforeAll(async () => {
  shop = await gatewayTo('shop', 'billing-agent')
})

describe('node-postgres', () => {
  let client: pg.Client
  beforeAll(async () => {
    // What waits for a person is told to come again when the statement's own time is over.
    client = new pg.Client({ ...shop, ssl, statement_timeout: 500 })
    await client.connect()
  })
  afterAll(() => client.end())

  it('gets a refusal as an ordinary error and goes on', async () => {
    await expect(client.query('drop table orders')).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('delete from orders where id = $1', [7])).rejects.toMatchObject({ code: '42501' })
    expect((await client.query('select status from orders where id = 7')).rows).toEqual([{ status: 'paid' }])
  })

  it('cannot hide a write behind a function, a CTE or EXPLAIN ANALYZE', async () => {
    for (const text of [
      'with gone as (delete from orders returning *) select count(*) from gone',
      'explain analyze delete from orders where id = 7',
      "do $$ begin execute 'dr' || 'op table orders'; end $$",
      "select query_to_xml('delete from orders', true, true, '')",
    ]) {
      await expect(client.query(text), text).rejects.toMatchObject({ code: '42501' })
    }
    expect((await client.query('select count(*)::int as n from orders')).rows[0].n).toBeGreaterThanOrEqual(10_000)
  })
})

describe('postgres.js', () => {
  let sql: postgres.Sql
  beforeAll(() => {
    const { host, port, database, user, password } = shop
    sql = postgres({ host, port, database, user, password, ssl, max: 2, onnotice: () => undefined, connection: { statement_timeout: 500 } })
  })
  afterAll(() => sql.end())

  it('keeps answers in order when it pipelines, refusals among them', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        n === 3
          ? sql`delete from orders where id = ${n}`.catch((e: { code: string }) => e.code)
          : sql`select ${n}::int as n`.then((r) => r[0]!['n']),
      ),
    )
    expect(answers).toEqual([1, 2, '42501', 4])
  })

  it('rolls a transaction back when a refusal fails it', async () => {
    await expect(
      sql.begin(async (tx) => {
        await tx`select 1`
        await tx`truncate orders`
      }),
    ).rejects.toMatchObject({ code: '42501' })
    expect((await sql`select 1 as one`)[0]).toEqual({ one: 1 })
  })
})
