import type { Resource } from '@sallyport/core'
import type { Sampled } from '@sallyport/gate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { has18, password, startTarget, type TestTarget } from '../../test/target.js'
import { dial } from '../../test/transports.js'
import type { Propose } from './evidence.js'
import { createSampler, sampleTarget } from './sample.js'

let server: TestTarget

async function inShop(...statements: readonly string[]): Promise<void> {
  const side = await server.side('shop')
  try {
    for (const statement of statements) await side.query(statement)
  } finally {
    side.close()
  }
}

interface Wanted {
  readonly rows?: number
  readonly time?: number
  readonly sampler?: typeof sampleTarget
  readonly target?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
}

function look({ rows = 200, time = 15_000, sampler = sampleTarget, target = {}, signal = AbortSignal.timeout(15_000) }: Wanted = {}) {
  const resource: Resource = {
    id: 'res_1',
    name: 'shop',
    protocol: 'postgres',
    labels: {},
    target: { host: '127.0.0.1', port: server.port, database: 'shop', user: 'app', sslmode: 'disable', ...target },
    secrets: { password },
  }
  return sampler({ resource, rows, time, dial: () => dial(server.port), signal })
}

const told = ({ proposals }: Sampled) => proposals.map(({ column, label }) => `${column} ${label}`)

/** Everything that the detectors are shown, by name. */
function showing(): { readonly shown: Map<string, readonly string[]>; readonly sampler: typeof sampleTarget } {
  const shown = new Map<string, readonly string[]>()
  const watch: Propose = (samples) => {
    for (const [name, texts] of samples) shown.set(name, texts)
    return []
  }
  return { shown, sampler: createSampler(watch) }
}

describe.each(has18 ? ([15, 18] as const) : ([15] as const))('sampling PostgreSQL %s', (major) => {
  beforeAll(async () => {
    server = await startTarget({}, major)
    await server.sql('create database shop', `create role app login password '${password}'`)
    await inShop(
      'create table customers (id int, email text, notes text, secret text)',
      `insert into customers select i, 'person.' || i || '@example.org', 'note ' || i, 'x' from generate_series(1, 300) i`,
      'grant select (id, email, notes) on customers to app',
      `create table profiles (id int, profile jsonb, tags text[], handle text collate "C")`,
      `insert into profiles select i, json_build_object('name', 'Ada', 'contact', json_build_object('reach', 'a' || i || '@example.org')),
         array['b' || i || '@example.org', 'bb' || i || '@example.org'], null from generate_series(1, 50) i`,
      'create domain mail as text',
      'create domain work_mail as mail',
      'create table staff (id int, reach work_mail)',
      `insert into staff select i, 'c' || i || '@example.org' from generate_series(1, 20) i`,
      'create table logins (at date, who text) partition by range (at)',
      `create table logins_1 partition of logins for values from ('2026-01-01') to ('2027-01-01')`,
      `insert into logins select '2026-02-01', 'd' || i || '@example.org' from generate_series(1, 20) i`,
      'create materialized view contacts as select email as reach from customers',
      'create view visible as select email from customers',
      `create function boom() returns text language plpgsql as $$ begin raise exception 'ada@example.org'; end $$`,
      'create view exploding as select boom() as email',
      'create table products (id int, name text, price numeric)',
      `insert into products select i, 'product ' || i, i from generate_series(1, 100) i`,
      'create table empty (email text)',
      'create table "Odd.Name" (email text)',
      'create table "quo""ted" ("e ""mail" text)',
      `insert into "quo""ted" values ('e@example.org')`,
      'create table hidden (email text)',
      'grant select on profiles, staff, logins, contacts, visible, exploding, products, empty, "Odd.Name", "quo""ted" to app',
    )
  })
  afterAll(() => server.stop())

  test('proposes labels for columns of tables, partitioned tables and materialized views, with what was counted', async () => {
    const sampled = await look()
    expect(told(sampled)).toEqual([
      'public.contacts.reach pii.email',
      'public.customers.email pii.email',
      'public.logins.who pii.email',
      'public.profiles.profile pii.email',
      'public.profiles.tags pii.email',
      'public.quo"ted.e "mail pii.email',
      'public.staff.reach pii.email',
    ])
    expect(sampled).toMatchObject({ database: 'shop', relations: 8, skipped: 0 })
    expect(sampled.proposals[1]).toEqual({
      column: 'public.customers.email',
      label: 'pii.email',
      detector: 'email',
      matched: 200,
      sampled: 200,
    })
  })

  test('shows detectors only what the login may read of what holds text, under the names that stand for it', async () => {
    const { shown, sampler } = showing()
    await look({ sampler, rows: 10 })
    expect([...shown.keys()].sort()).toEqual(
      ['e "mail', 'email', 'name', 'notes', 'profile.contact.reach', 'profile.name', 'reach', 'tags', 'who'].sort(),
    )
    expect(shown.get('notes')).toHaveLength(10)
    expect(shown.get('tags')).toHaveLength(20)
  })

  test('draws a large table from all over it, and falls back to its beginning where the drawn pages are empty', async () => {
    await inShop(
      'create table large (id int, email text, filler text)',
      `insert into large select i, 'person.' || i || '@example.org', repeat('x', 500) from generate_series(1, 20000) i`,
      'create table hollow (email text, filler text)',
      `insert into hollow select 'h@example.org', repeat('x', 1000) from generate_series(1, 4000) i`,
      'delete from hollow where ctid > (select min(ctid) from hollow)',
      'analyze large, hollow',
      'grant select on large, hollow to app',
    )
    try {
      const { shown, sampler } = showing()
      await look({ sampler, rows: 50 })
      const sampled = await look({ rows: 50 })
      expect(told(sampled)).toEqual(expect.arrayContaining(['public.large.email pii.email', 'public.hollow.email pii.email']))
      expect(sampled.proposals.find(({ column }) => column === 'public.hollow.email')).toMatchObject({ sampled: 1 })
      expect(shown.get('filler')!.every((text) => text.length <= 2_000)).toBe(true)
    } finally {
      await inShop('drop table large, hollow')
    }
  })

  test('skips what is locked or too slow, says so, and reads the rest', async () => {
    const side = await server.side('shop')
    await side.query('begin')
    await side.query('lock table customers in access exclusive mode')
    try {
      const sampled = await look()
      expect(sampled).toMatchObject({ skipped: 1, relations: 7 })
      expect(told(sampled)).not.toContain('public.customers.email pii.email')
      expect(told(sampled)).toContain('public.staff.reach pii.email')
    } finally {
      side.close()
    }
  })

  test('begins with nothing more when its time is over', async () => {
    expect(await look({ time: 0 })).toEqual({ database: 'shop', relations: 0, skipped: 8, proposals: [] })
  })

  test('changes nothing, and tells no word of the target where it fails: a policy of a row that quotes it', async () => {
    await inShop(
      'create table walled (email text)',
      `insert into walled values ('canary@example.org')`,
      `create function wall(text) returns boolean language plpgsql as $$ begin raise exception 'canary %', $1; end $$`,
      'alter table walled enable row level security',
      'create policy wall on walled using (wall(email))',
      'create table written (email text)',
      `insert into written values ('w@example.org')`,
      `create function writes(text) returns boolean language plpgsql as $$ begin insert into written values ('again'); return true; end $$`,
      'alter table written enable row level security',
      'create policy writes on written using (writes(email))',
      'grant select, insert on walled, written to app',
    )
    try {
      const sampled = await look()
      expect(sampled).toMatchObject({ relations: 8, skipped: 2 })
      expect(JSON.stringify(sampled)).not.toContain('canary')
      const side = await server.side('shop')
      expect(await side.query('select count(*) from written')).toEqual([['1']])
      side.close()
    } finally {
      await inShop('drop table walled, written')
    }
  })

  test('of a target that cannot be reached or refuses the login says that', async () => {
    await expect(look({ target: { user: 'nobody' } })).rejects.toMatchObject({ code: 'target_rejected' })
    await expect(look({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'target_unreachable' })
  })

  test('reads no more than was agreed of a table that is wide and long', async () => {
    const columns = Array.from({ length: 70 }, (_, i) => `c${i} text`)
    await inShop(
      `create table wide (${columns.join(', ')})`,
      `insert into wide select ${columns.map(() => `repeat('y', 300)`).join(', ')} from generate_series(1, 2010)`,
      'grant select on wide to app',
    )
    try {
      const { shown, sampler } = showing()
      await look({ sampler, rows: 9_999 })
      const wide = [...shown].filter(([name]) => /^c\d+$/.test(name))
      expect(wide).toHaveLength(60)
      expect(wide.every(([, texts]) => texts.length === 2_000 && texts.every((text) => text.length <= 262))).toBe(true)
    } finally {
      await inShop('drop table wide')
    }
  })
})
