import { once } from 'node:events'
import pg from 'pg'
import { describe } from 'vitest'
import type { Address } from './ground.js'
import { compareDriver, type Driver, refusalOf } from './matrix.js'

const open = async (at: Address) => {
  const client = new pg.Client({ ...at, ssl: at.tls ? { rejectUnauthorized: false } : false })
  // Also told by the query that fails.
  client.on('error', () => {})
  await client.connect()
  return client
}

const using =
  (work: (client: pg.Client, at: Address) => Promise<unknown>) =>
  async (at: Address): Promise<unknown> => {
    const client = await open(at)
    try {
      return await work(client, at)
    } finally {
      await client.end()
    }
  }

/** Its own API for it, which its types leave out. */
interface Cancelling {
  cancel(client: pg.Client, query: pg.Query): void
}

const rowsOf = async (client: pg.Client, text: string, params?: readonly unknown[]) =>
  (await client.query({ text, values: [...(params ?? [])], rowMode: 'array' })).rows

const stateOf = (error: unknown) => (error as { code?: string }).code

const refused = (work: () => Promise<unknown>) => refusalOf({ stateOf }, work)

const insert = (id: number) => ({ text: 'insert into items (id, name) values ($1, $2) returning id, mood', values: [id, `item ${id}`] })
const ids = async (client: pg.Client) => (await client.query('select id from items order by id')).rows

const driver: Driver = {
  stateOf,
  query: async (at, sql) =>
    using(async (client) => {
      const simple = await client.query({ text: sql, rowMode: 'array' })
      const extended = await client.query({ text: sql, values: [], rowMode: 'array', queryMode: 'extended' } as pg.QueryArrayConfig)
      return { simple: { rows: simple.rows, fields: simple.fields.map(described) }, extended: extended.rows }
    })(at),
  habits: {
    parameters: using((client) =>
      rowsOf(client, 'select $1::int, $2::text, $3::bytea, $4::timestamptz, $5::jsonb, $6::int[], $7::numeric, $8::bool, $9::text', [
        41,
        "O'Neil\\ é",
        Buffer.from([0, 1, 255]),
        new Date(1_700_000_000_123),
        { a: [1, null] },
        [1, null, 3],
        '12.50',
        true,
        null,
      ]),
    ),
    'prepared statements': using(async (client) => {
      const seen: unknown[] = []
      for (const id of [1, 2, 3, 1])
        seen.push((await client.query({ name: 'by-id', text: 'select * from items where id = $1', values: [id] })).rows)
      await client.query('deallocate "by-id"')
      seen.push(await refused(() => client.query({ name: 'by-id', text: 'select * from items where id = $1', values: [1] })))
      seen.push((await client.query({ name: 'again', text: 'select name from items where id = $1', values: [2] })).rows)
      return seen
    }),
    'large result in parts': using(async (client) => {
      await client.query('begin')
      await client.query("declare parts cursor for select g, repeat('x', 100) from generate_series(1, 5000) g")
      const sizes: unknown[] = []
      for (let size = 1; size > 0;) sizes.push((size = (await client.query('fetch 999 from parts')).rows.length))
      await client.query('commit')
      return [sizes, (await rowsOf(client, "select g, repeat('y', 500) from generate_series(1, 20000) g")).length]
    }),
    'commit and rollback': using(async (client) => {
      const seen: unknown[] = []
      await client.query('begin')
      seen.push((await client.query(insert(10))).rows)
      await client.query('rollback')
      seen.push(await ids(client))
      await client.query('begin isolation level repeatable read')
      await client.query(insert(10))
      await client.query('commit')
      seen.push(await ids(client), (await client.query('delete from items where id = 10')).rowCount)
      return seen
    }),
    savepoint: using(async (client) => {
      await client.query('begin')
      await client.query('savepoint one')
      const seen: unknown[] = [await refused(() => client.query('select 1/0'))]
      await client.query('rollback to savepoint one')
      await client.query(insert(11))
      seen.push(await ids(client))
      await client.query('release savepoint one')
      await client.query('rollback')
      return [...seen, await ids(client)]
    }),
    'failed transaction': using(async (client) => {
      await client.query('begin')
      const seen = [await refused(() => client.query('select 1/0')), await refused(() => client.query('select 1'))]
      return [...seen, (await client.query('commit')).command, await ids(client)]
    }),
    pipeline: using(async (client) => {
      const asked = ['select 1 as n', 'select 1/0', 'select 2 as n', 'select $1::int as n']
      return Promise.all(asked.map((text, i) => client.query(text, i === 3 ? [3] : []).then(({ rows }) => rows, stateOf)))
    }),
    cancellation: using(async (client, at) => {
      const sleeping = refused(() => client.query('select pg_sleep(60)'))
      const { activeQuery } = client as unknown as { activeQuery: pg.Query }
      // A request that comes before the statement runs cancels nothing: it is repeated.
      const asking = setInterval(() => {
        const other = new pg.Client({ ...at, ssl: at.tls ? { rejectUnauthorized: false } : false }) as unknown as Cancelling
        other.cancel(client, activeQuery)
      }, 50)
      const state = await sleeping.finally(() => clearInterval(asking))
      return [state, (await client.query('select 1 as one')).rows]
    }),
    'copy out': null,
    'copy in': null,
    notifications: using(async (client) => {
      const told = once(client, 'notification')
      await client.query('listen news')
      await client.query("notify news, 'fresh'")
      const [{ channel, payload }] = (await told) as [pg.Notification]
      return [channel, payload]
    }),
    notice: using(async (client) => {
      const told = once(client, 'notice')
      await client.query('drop table if exists never_there')
      const [{ severity, code, message }] = (await told) as [pg.DatabaseError]
      return [severity, code, message]
    }),
    'pool reset': using(async (client) => {
      await client.query("set timezone to 'Asia/Tokyo'")
      await client.query('discard all')
      return (await client.query('show timezone')).rows
    }),
    'lost connection': async (at) => {
      const client = await open(at)
      const lost = new Promise((resolve) => client.once('end', () => resolve(undefined)))
      const state = await refused(() => client.query('select pg_terminate_backend(pg_backend_pid())'))
      await lost
      return [state, await using((again) => rowsOf(again, 'select 1'))(at)]
    },
    migration: using(async (client) => {
      await client.query('begin')
      await client.query('create table moved (id int primary key, name text not null)')
      await client.query("insert into moved values (1, 'one')")
      await client.query('alter table moved add column extra int default 7')
      const seen = (await client.query('select * from moved')).rows
      await client.query('rollback')
      return [seen, (await client.query("select to_regclass('moved') as there")).rows]
    }),
  },
}

function described({ name, dataTypeID, dataTypeSize, dataTypeModifier, format }: pg.FieldDef): unknown {
  return { name, dataTypeID, dataTypeSize, dataTypeModifier, format }
}

describe('node-postgres', () => {
  compareDriver(driver)
})
