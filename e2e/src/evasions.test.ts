import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shared, tokenOf } from './world.js'

/**
 * What a caller that may only read tries in order to reach closed tables, to write, or to run code: against a target
 * that would answer every one of these to the gateway's own role.
 */
let client: pg.Client
const query = (text: string) => client.query(text)

beforeAll(async () => {
  client = new pg.Client({
    host: 'localhost',
    port: shared().ready.postgres.port,
    database: 'shop',
    user: 'billing-agent',
    password: await tokenOf('billing-agent'),
    ssl: { rejectUnauthorized: false },
  })
  await client.connect()
})
afterAll(() => client.end())

const salary = '(select max(salary_cents) from payroll)'

describe('a closed table cannot be reached', () => {
  it.each([
    // Code that makes statements from text, called as function and as field.
    "select * from ts_stat('select to_tsvector(name) from customers')",
    "select ('select to_tsvector(name) from customers'::text).ts_stat",
    "select (q.t).ts_stat from (select 'select to_tsvector(name) from customers'::text as t) q",
    "select f.ts_stat from unnest(array['select to_tsvector(name) from customers']) f",
    "select table_to_xml('payroll', true, true, '')",
    // Names that shadow each other.
    'with payroll as (select * from payroll) select * from payroll',
    'with a as (select * from payroll), payroll as (select 1) select * from a',
    '(with payroll as (select 1 as id) select 1) union select id from payroll',
    'select payroll.id from orders payroll, (select * from payroll) x',
    // Spellings.
    'select * from U&"p\\0061yroll"',
    'select * from shop.public.payroll',
    'table payroll',
    'select * from (payroll cross join orders)',
    // Places where a query may hide.
    `select 1 limit ${salary}`,
    `select 1 order by ${salary}`,
    `select coalesce(null, ${salary})`,
    `select * from generate_series(1, ${salary})`,
    `select * from orders tablesample bernoulli (${salary})`,
    `select sum(1) filter (where ${salary} > 0) from orders`,
    `select * from orders window w as (partition by ${salary})`,
    `select xmlelement(name a, ${salary})`,
    'explain (analyze, verbose) select * from payroll',
    'copy (select * from payroll) to stdout',
    'begin; declare c cursor for select * from payroll; fetch c',
    'prepare p as select * from payroll',
    // What the server knows of its values.
    "select * from pg_stats where tablename = 'payroll'",
    'select * from pg_statistic',
    'select c from customer_contacts c',
    "select id from customer_contacts where email like 'a%'",
  ])('%s', async (text) => {
    await expect(query(text)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('nothing is written and no code runs', () => {
  it.each([
    "select (('orders_id_seq'::regclass)).nextval",
    'select (1.5::float8).pg_sleep',
    'begin read write; delete from orders where id = 1',
    'explain (analyze off, analyze on) delete from orders',
    'select 1; delete from orders',
    "select set_config('standard_conforming_strings', 'off', false)",
    "select set_config('sea' || 'rch_path', 'x', false)",
    'select * into copied from orders',
    'select * from orders for update',
  ])('%s', async (text) => {
    await expect(query(text)).rejects.toMatchObject({ code: '42501' })
  })
})

it('the session is none the worse for it', async () => {
  expect((await query('select count(*)::int as n from orders')).rows[0].n).toBeGreaterThanOrEqual(10_000)
})
