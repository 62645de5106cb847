import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shared, tokenOf } from './world.js'

const ssl = { rejectUnauthorized: false }

describe('node-postgres', () => {
  let client: pg.Client
  beforeAll(async () => {
    const { ready } = shared()
    client = new pg.Client({
      host: 'localhost',
      port: ready.postgres.port,
      database: 'shop',
      user: 'billing-agent',
      password: await tokenOf('billing-agent'),
      ssl,
    })
    await client.connect()
  })
  afterAll(() => client.end())

  it('runs simple, parameterised and named statements', async () => {
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect((await client.query('select $1::int + 1 as n', [41])).rows).toEqual([{ n: 42 }])
    for (const id of [1, 2, 3]) {
      const { rows } = await client.query({ name: 'by-id', text: 'select id::int as id from orders where id = $1', values: [id] })
      expect(rows).toEqual([{ id }])
    }
  })

  it('gets a refusal as an ordinary error and goes on', async () => {
    await expect(client.query('drop table orders')).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('delete from orders where id = $1', [7])).rejects.toMatchObject({ code: '42501' })
    expect((await client.query('select status from orders where id = 7')).rows).toEqual([{ status: 'paid' }])
  })

  it('reads a large result to its end', async () => {
    const { rows } = await client.query("select g, repeat('x', 200) as pad from generate_series(1, 50000) g")
    expect(rows).toHaveLength(50_000)
    expect(rows.at(-1)).toEqual({ g: 50_000, pad: 'x'.repeat(200) })
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
  beforeAll(async () => {
    const { ready } = shared()
    sql = postgres({
      host: 'localhost',
      port: ready.postgres.port,
      database: 'shop',
      username: 'billing-agent',
      password: await tokenOf('billing-agent'),
      ssl,
      max: 2,
      onnotice: () => undefined,
    })
  })
  afterAll(() => sql.end())

  it('re-executes a prepared statement', async () => {
    for (const id of [1, 2, 3, 7]) expect([...(await sql`select id::int as id from orders where id = ${id}`)]).toEqual([{ id }])
  })

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

  it('fetches through a cursor', async () => {
    let seen = 0
    await sql`select id from orders order by id limit 1000`.cursor(100, (rows) => {
      seen += rows.length
    })
    expect(seen).toBe(1000)
  })
})
