import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import postgres from 'postgres'
import { describe } from 'vitest'
import type { Address } from './ground.js'
import { compareDriver, type Driver, refusalOf } from './matrix.js'

const using =
  (work: (sql: postgres.Sql, notices: postgres.Notice[]) => Promise<unknown>, max = 1) =>
  async (at: Address): Promise<unknown> => {
    const notices: postgres.Notice[] = []
    const { host, port, database, user, password, tls } = at
    const sql = postgres({
      host,
      port,
      database,
      user,
      password,
      max,
      ssl: tls ? { rejectUnauthorized: false } : false,
      onnotice: (notice) => notices.push(notice),
    })
    try {
      return await work(sql, notices)
    } finally {
      await sql.end()
    }
  }

const stateOf = (error: unknown) => (error as { code?: string }).code

const refused = (work: () => PromiseLike<unknown>) => refusalOf({ stateOf }, async () => work())

const ids = async (sql: postgres.ISql) => (await sql`select id from items order by id`).map(({ id }) => id)

const insert = (sql: postgres.ISql, id: number) => sql`insert into items ${sql({ id, name: `item ${id}` })} returning id, mood`

const driver: Driver = {
  stateOf,
  query: async (at, statement) =>
    using(async (sql) => {
      const simple = await sql.unsafe(statement).values()
      const prepared = await sql.unsafe(statement, [], { prepare: true }).values()
      return { simple: [...simple], prepared: [...prepared], types: prepared.columns.map(({ name, type }) => [name, type]) }
    })(at),
  habits: {
    parameters: using((sql) => {
      const given = [41, "O'Neil\\ é", Buffer.from([0, 1, 255]), new Date(1_700_000_000_123), [1, null, 3], '12.50', true, null] as const
      const [n, name, raw, at, list, price, yes, none] = given
      return sql`select ${n}::int, ${name}, ${raw}::bytea, ${at}::timestamptz, ${sql.json({ a: [1, null] })},
        ${list as unknown as number[]}::int[], ${price}::numeric, ${yes}::bool, ${none}::text`.values()
    }),
    'prepared statements': using(async (sql) => {
      const seen: unknown[] = []
      for (const id of [1, 2, 3, 1]) seen.push([...(await sql`select * from items where id = ${id}`)])
      // Another connection of the pool prepares again.
      await sql.unsafe('deallocate all')
      seen.push([...(await sql`select name from items where id = ${2}`)])
      return seen
    }),
    'large result in parts': using(async (sql) => {
      const sizes: number[] = []
      await sql`select g, repeat('x', 100) from generate_series(1, 5000) g`.cursor(999, (rows) => void sizes.push(rows.length))
      return [sizes, (await sql`select g, repeat('y', 500) from generate_series(1, 20000) g`).length]
    }),
    'commit and rollback': using(async (sql) => {
      const undone = sql.begin(async (tx) => {
        await insert(tx, 10)
        throw new Error('changed my mind')
      })
      const seen: unknown[] = [await undone.catch((error: Error) => error.message), await ids(sql)]
      await sql.begin('isolation level repeatable read', (tx) => insert(tx, 10))
      seen.push(await ids(sql), (await sql`delete from items where id = 10`).count)
      return seen
    }),
    savepoint: using(async (sql) => {
      const seen: unknown[] = []
      const undone = sql.begin(async (tx) => {
        seen.push(await refused(() => tx.savepoint((inner) => inner`select 1/0`)))
        await insert(tx, 11)
        seen.push(await ids(tx))
        throw new Error('done')
      })
      return [await undone.catch((error: Error) => error.message), seen, await ids(sql)]
    }),
    'failed transaction': using(async (sql) => {
      const failed = sql.begin(async (tx) => {
        await refused(() => tx`select 1/0`)
        await tx`select 1`
      })
      return [await failed.catch(stateOf), await ids(sql)]
    }),
    pipeline: using((sql) =>
      Promise.all([1, 0, 2, 3].map((n) => sql`select 6 / ${n}::int as n`.then((rows) => rows[0]!['n'] as unknown, stateOf))),
    ),
    cancellation: using(async (sql) => {
      const sleeping = sql`select pg_sleep(60)`
      const cancelled = refused(() => sleeping)
      // It asks only once, and a request that comes before the statement runs cancels nothing.
      for (let running = 0; running === 0;)
        running = (await sql`select pid from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`).length
      sleeping.cancel()
      return [await cancelled, [...(await sql`select 1 as one`)]]
    }, 2),
    'copy out': using(async (sql) => text(await sql`copy items (id, name, price) to stdout with (format csv, header)`.readable())),
    'copy in': using(async (sql) => {
      await pipeline(
        Readable.from(['20,twenty\n', '21,twenty-one\n']),
        await sql`copy items (id, name) from stdin with (format csv)`.writable(),
      )
      return [await ids(sql), (await sql`delete from items where id >= 20`).count]
    }),
    notifications: using(async (sql) => {
      let hear: (payload: string) => void = () => {}
      const heard = new Promise((resolve) => (hear = resolve))
      await sql.listen('news', (payload) => hear(payload))
      await sql.notify('news', 'fresh')
      return heard
    }),
    notice: using(async (sql, notices) => {
      await sql`drop table if exists never_there`
      return notices.map(({ severity, code, message }) => [severity, code, message])
    }),
    'pool reset': using(async (sql) => {
      await sql`set timezone to 'Asia/Tokyo'`
      await sql.unsafe('discard all')
      return [...(await sql.unsafe('show timezone'))]
    }),
    'lost connection': using(async (sql) => {
      await refused(() => sql`select pg_terminate_backend(pg_backend_pid())`)
      // It hands the server's last words to whatever is asked next.
      const next = await sql`select 1 as one`.then(() => 'answered', stateOf)
      return [next, (await sql`select 1 as one`).at(-1)]
    }),
    migration: using(async (sql) => {
      const seen: unknown[] = []
      const undone = sql.begin(async (tx) => {
        await tx`create table moved (id int primary key, name text not null)`
        await tx`insert into moved values (1, 'one')`
        await tx`alter table moved add column extra int default 7`
        seen.push(...(await tx`select * from moved`))
        throw new Error('not now')
      })
      return [await undone.catch((error: Error) => error.message), seen, [...(await sql`select to_regclass('moved') as there`)]]
    }),
  },
}

describe('postgres.js', () => {
  compareDriver(driver)
})
