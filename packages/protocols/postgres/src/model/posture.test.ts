import type { Finding, Resource } from '@sallyport/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { has18, password, startTarget, type TestTarget } from '../../test/target.js'
import { dial } from '../../test/transports.js'
import { probePosture } from './posture.js'

/** Every finding is made for real in one database, told, and gone after its own remedy has run. */
let server: TestTarget

async function answer(query: string): Promise<string | null | undefined> {
  const side = await server.side()
  const [row] = await side.query(query)
  side.close()
  return row?.[0]
}

async function inShop(...statements: readonly string[]): Promise<void> {
  const side = await server.side('shop')
  try {
    for (const statement of statements) await side.query(statement)
  } finally {
    side.close()
  }
}

interface Wanted {
  readonly target?: Readonly<Record<string, unknown>>
  readonly columns?: readonly string[]
  readonly labels?: readonly string[]
}

async function look({ target = {}, columns, labels = [] }: Wanted = {}, signal = AbortSignal.timeout(15_000)): Promise<readonly Finding[]> {
  const resource: Resource = {
    id: 'res_1',
    name: 'shop',
    protocol: 'postgres',
    labels: {},
    target: { host: '127.0.0.1', port: server.port, database: 'shop', user: 'app', sslmode: 'disable', ...target },
    secrets: { password },
  }
  const masked = columns === undefined ? [] : [{ columns, labels }]
  const { database, findings } = await probePosture({
    resource,
    masked,
    dial: () => dial(server.port),
    signal,
  })
  expect(database).toBe('shop')
  return findings
}

const told = (findings: readonly Finding[]) => findings.map(({ id, severity }) => `${id} ${severity}`)

/** Runs the remedies as they stand, in the database they are about. */
async function remedy(findings: readonly Finding[]): Promise<void> {
  for (const { remedy: text } of findings)
    for (const line of text.split('\n')) await inShop(line.replace('another_role', 'lead').replace(/--.*/, ''))
}

describe.each(has18 ? ([15, 18] as const) : ([15] as const))('at PostgreSQL %s', (major) => {
  beforeAll(async () => {
    server = await startTarget({}, major)
    await server.sql('create database shop', 'revoke temporary on database shop from public')
    await inShop('revoke create on schema public from public', 'create table customers (id int, email text)')
  })
  afterAll(() => server.stop())

  beforeEach(async () => {
    for (const role of ['app', 'lead'])
      if (await answer(`select 1 from pg_roles where rolname = '${role}'`))
        await inShop(`drop owned by ${role} cascade`, `drop role ${role}`)
    await server.sql('create role lead', `create role app login password '${password}'`)
  })

  test('a role that owns nothing and may nothing else leaves nothing to say', async () => {
    expect(await look()).toEqual([])
  })

  test.each([
    ['superuser', 'superuser critical'],
    ['replication', 'replication critical'],
    ['bypassrls', 'bypass_row_security warning'],
    ['createrole', 'create_role'],
    ['createdb', 'create_database info'],
  ])('the attribute %s is told, of the role and of those it may become', async (attribute, finding) => {
    // Since 16 it grants only what it made itself, or was given with ADMIN.
    const expected = finding === 'create_role' ? `${finding} ${major < 16 ? 'critical' : 'warning'}` : finding
    await server.sql(`alter role app ${attribute}`)
    const own = await look()
    expect(told(own)).toEqual([expected])
    expect(own[0]?.remedy).toMatch(/^ALTER ROLE app NO[A-Z]+;$/)
    await remedy(own)
    await server.sql(`alter role lead ${attribute}`, 'grant lead to app')
    const through = await look()
    expect(told(through)).toContain(expected)
    expect(through[0]?.what).toContain('may become lead')
    await remedy(through.slice(0, 1))
    expect(await look()).toEqual([])
  })

  test('membership in roles for files, programs and everybody’s data is told with who holds it', async () => {
    await server.sql('grant pg_read_server_files, pg_write_server_files, pg_execute_server_program, pg_monitor to app')
    await server.sql('grant pg_read_all_data to lead', 'grant lead to app')
    const findings = await look()
    expect(told(findings)).toEqual([
      'pg_execute_server_program critical',
      'pg_read_server_files critical',
      'pg_write_server_files critical',
      'pg_monitor warning',
      'pg_read_all_data warning',
    ])
    expect(findings.at(-1)).toMatchObject({
      remedy: 'REVOKE pg_read_all_data FROM lead;',
      what: expect.stringContaining('lead is a member'),
    })
    await remedy(findings)
    await server.sql('revoke lead from app')
    expect(await look()).toEqual([])
  })

  test('what it owns is told, by itself and through others, and row security that does not bind it', async () => {
    await inShop(
      'create schema "Odd Name" authorization app',
      'create table "Odd Name"."a""b" (x int)',
      'alter table "Odd Name"."a""b" owner to app',
      'alter table "Odd Name"."a""b" enable row level security',
      `create function public.one() returns int language sql as 'select 1'`,
      'alter function public.one() owner to lead',
    )
    await server.sql('grant lead to app')
    const findings = await look()
    expect(told(findings)).toEqual(['owner warning', 'row_security_not_forced warning'])
    expect(findings[0]?.what).toContain(
      'app owns 1 relation, 1 schema ("Odd Name"."a""b", schema "Odd Name"); lead owns 1 function (public.one())',
    )
    expect(findings[1]?.remedy).toBe('ALTER TABLE "Odd Name"."a""b" FORCE ROW LEVEL SECURITY;')
    await remedy(findings)
    expect(await look()).toEqual([])
  })

  test('CREATE in the search path, in the database, and temporary tables are told with those to whom they were granted', async () => {
    await inShop('create schema tools', 'grant usage, create on schema public, tools to app', 'grant create on schema public to public')
    await inShop('grant create on database shop to lead', 'grant temporary on database shop to public', 'grant lead to app')
    const findings = await look()
    expect(told(findings)).toEqual(['create_in_search_path warning', 'create_schema warning', 'temporary_tables info'])
    expect(findings.map(({ remedy: text }) => text)).toEqual([
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC, app;',
      'REVOKE CREATE ON DATABASE shop FROM lead;',
      'REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC;',
    ])
    const imposed = await look({ target: { imposed: { search_path: ['tools', 'nowhere'] } }, columns: ['public.nothing.*'] })
    expect(told(imposed)).toEqual(['create_in_search_path warning', 'create_schema warning', 'temporary_tables warning'])
    expect(imposed[0]?.remedy).toBe('REVOKE CREATE ON SCHEMA tools FROM app;')
    await remedy([...findings, ...imposed])
    await inShop('revoke lead from app', 'drop schema tools')
    expect(await look()).toEqual([])
  })

  test('functions that reach files are told where they were granted', async () => {
    await inShop('grant execute on function pg_read_file(text), lo_import(text) to app')
    const findings = await look()
    expect(told(findings)).toEqual(['file_functions critical'])
    expect(findings[0]?.what).toContain('lo_import(text), pg_read_file(text)')
    await remedy(findings)
    expect(await look()).toEqual([])
  })

  test('settings for superusers are told where they were granted', async () => {
    await inShop('grant alter system, set on parameter session_preload_libraries to lead', 'grant lead to app')
    const findings = await look()
    expect(told(findings)).toEqual(['parameters warning'])
    expect(findings[0]?.remedy).toBe(
      'REVOKE ALTER SYSTEM ON PARAMETER session_preload_libraries FROM lead;\nREVOKE SET ON PARAMETER session_preload_libraries FROM lead;',
    )
    await remedy(findings)
    expect(await look()).toEqual([])
  })

  if (major >= 16)
    test('a membership counts by what it lets the role do', async () => {
      await server.sql('alter role lead replication', 'grant pg_read_server_files to lead')
      await server.sql('grant lead to app with inherit false, set false')
      expect(await look()).toEqual([])
      await server.sql('grant lead to app with inherit true, set false')
      expect(told(await look())).toEqual(['pg_read_server_files critical'])
      await server.sql('grant lead to app with inherit false, set false, admin true')
      expect(told(await look())).toEqual(['pg_read_server_files critical', 'replication critical'])
    })

  test('dblink and foreign servers are told where the role may use them', async () => {
    await inShop(
      'create schema net',
      'create extension dblink schema net',
      'create extension file_fdw',
      'create server files foreign data wrapper file_fdw',
      `create foreign table lines (line text) server files options (filename '/dev/null')`,
    )
    // Nobody but the administrator may use any of it yet.
    expect(await look()).toEqual([])
    await inShop('grant usage on schema net to public', 'grant usage on foreign server files to app', 'grant select on lines to app')
    const findings = await look()
    expect(told(findings)).toEqual(['foreign_servers warning', 'outward_extensions warning', 'foreign_tables info'])
    expect(findings[1]?.what).toContain('dblink')
    await remedy(findings)
    expect(await look()).toEqual([])
    await inShop('drop extension file_fdw cascade', 'drop schema net')
  })

  test('functions in C that no extension brings are told where the role may call them', async () => {
    await inShop(`create function public.to_words(internal) returns internal language c as '$libdir/dict_snowball', 'dsnowball_init'`)
    const findings = await look()
    expect(told(findings)).toEqual(['untrusted_functions warning'])
    expect(findings[0]?.what).toContain('public.to_words(internal)')
    await remedy(findings)
    expect(await look()).toEqual([])
    await inShop('drop function public.to_words(internal)')
  })

  test('masked columns that the role itself may read are told, by name, glob and label', async () => {
    await inShop('grant select on customers to app')
    const wanted = { columns: ['public.customers.e*', 'public.orders.secret', '$.email'] }
    const findings = await look(wanted)
    expect(told(findings)).toEqual(['masked_columns info'])
    expect(findings[0]?.what).toMatch(/: public\.customers\.email$/)
    const labelled = await look({ columns: [], labels: ['pii'], target: { labels: { 'public.customers.id': ['pii'] } } })
    expect(labelled[0]?.what).toMatch(/: public\.customers\.id$/)
    await inShop('revoke select on customers from app', 'grant select (id) on customers to app')
    expect(await look(wanted)).toEqual([])
  })

  test('objects of others take no catalog name’s place', async () => {
    await inShop(
      'create schema trap',
      `create function trap.pg_has_role(oid, text) returns boolean language sql as 'select 1/0 > 0'`,
      'create table trap.pg_roles (oid oid)',
      'grant usage on schema trap to app',
      'alter role app set search_path = trap, pg_catalog',
    )
    expect(await look()).toEqual([])
    await inShop('alter role app reset search_path', 'drop schema trap cascade')
  })

  test('a target that hangs, or goes, in the middle of a look is told as such', async () => {
    const side = await server.side('shop')
    await side.query('begin')
    await side.query('lock pg_catalog.pg_foreign_server in access exclusive mode')
    const late = look({}, AbortSignal.timeout(500))
    await expect(late).rejects.toThrow('the target did not answer the catalog queries in time')
    const gone = look()
    gone.catch(() => undefined)
    const waiting = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sallyport/posture' and wait_event_type = 'Lock'`
    while (!(await answer(waiting)));
    await expect(gone).rejects.toThrow(/the target (closed the connection|refused a catalog query)/)
    side.close()
  })

  test('a target that cannot be looked at says why, and nothing of the password', async () => {
    await expect(look({ target: { user: 'nobody' } })).rejects.toThrow(/the target refused the login of the gateway: .*"nobody"/)
    await expect(look({ target: { imposed: { wrong: 1 } } })).rejects.toThrow('target/imposed/wrong')
  })
})
