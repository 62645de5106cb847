import { type Lineage, originsOf, type TargetModel } from '@sallyport/sql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClassifiers } from '../classifier.js'
import { majors, startTarget, type TestTarget } from '../../test/target.js'
import { readDefinition } from './lineage.js'
import { loadModel } from './load.js'

const world = `
create table people (id int primary key, email text, phone varchar(20), gone int, team int, tags text[], doc jsonb);
alter table people drop column gone;
create table teams (id int primary key, name text, boss int);
create domain address as text check (value <> '');
create table events (at date, who text) partition by range (at);
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
create table made (first text, last text, whole text generated always as (first || ' ' || last) stored, plain int);
create function shout(text) returns text language sql immutable as 'select upper($1)';
create schema other;
create table other.people (email text);
`

/** A view, and what each of its columns shows: \`bare\`, \`~derived\`, in the order of names. \`?\`: not known. */
const views: Readonly<Record<string, readonly [text: string, ...columns: string[]]>> = {
  plain: ['select id, email as mail from people where phone is not null', 'people.id', 'people.email'],
  starred: ['select * from people', 'people.id', 'people.email', 'people.phone', 'people.team', 'people.tags', 'people.doc'],
  above: ['select mail, upper(mail) as loud from plain', 'people.email plain.mail', '~people.email ~plain.mail'],
  relabelled: ['select phone::text, email::address, email collate "C" as c from people', 'people.phone', 'people.email', 'people.email'],
  casted: ["select id::text as t, tags[1] as tag, doc->>'a' as a from people", '~people.id', '~people.tags', '~people.doc'],
  using_join: [
    'select * from people p join (select id, name from teams) t using (id)',
    'people.id',
    'people.email',
    'people.phone',
    'people.team',
    'people.tags',
    'people.doc',
    'teams.name',
  ],
  full_join: ['select id, name from teams full join (select id from people) p using (id)', '~people.id ~teams.id', 'teams.name'],
  swapped: ['select j.b as email, j.a as other from (people p cross join teams t) as j(a, b)', 'people.email', 'people.id'],
  united: ['select email from people union all select name from teams', 'people.email teams.name'],
  nested_sets: [
    "select id, email from people intersect (select id, name from teams except select 1, 'x')",
    'people.id teams.id',
    'people.email teams.name',
  ],
  common: [
    'with w as (select email as e, id from people), v as (select e, id from w) select e, (select count(*) from w) as n from v',
    'people.email',
    '',
  ],
  walked: [
    'with recursive w as (select id, name, boss from teams union all select t.id, w.name, t.boss from teams t join w on t.id = w.boss) select * from w',
    'teams.id',
    'teams.name',
    'teams.boss',
  ],
  rotated: [
    'with recursive w(a, b, c) as (select email, phone::text, id from people union all select b, a, c from w where c < 3) select a, b, c from w',
    'people.email people.phone',
    'people.email people.phone',
    'people.id',
  ],
  cycled: [
    'with recursive w as (select id, boss from teams union all select t.id, t.boss from teams t join w on t.id = w.boss) cycle id set seen using way select id, boss, seen, way::text as way from w',
    'teams.id',
    'teams.boss',
    '~teams.boss ~teams.id',
    '~teams.boss ~teams.id',
  ],
  flagged: [
    "select id, exists (select from people p where p.email like 'a%' and p.team = t.id) as has from teams t",
    'teams.id',
    '~people.email ~people.team ~teams.id',
  ],
  answered: ['select (select email from people p where p.id = t.boss) as mail from teams t', 'people.email ~people.id ~teams.boss'],
  gathered: [
    'select array(select email from people) as mails, count(*) filter (where email is null) as n from people',
    '~people.email',
    '~people.email',
  ],
  grouped: ['select team, max(email) as last, count(*) as n from people group by team', 'people.team', '~people.email', ''],
  ranked: ['select id, rank() over (order by email) as place from people', 'people.id', '~people.email'],
  whole: [
    'select p as row, to_jsonb(p) as doc, (p).email as field from people p',
    '~people.doc ~people.email ~people.id ~people.phone ~people.tags ~people.team',
    '~people.doc ~people.email ~people.id ~people.phone ~people.tags ~people.team',
    'people.email',
  ],
  unnested: ['select u.tag, u.n from people, unnest(tags) with ordinality as u(tag, n)', '~people.tags', '~people.tags'],
  lateral_values: ['select v.x from people p, lateral (values (p.email), (p.phone)) as v(x)', 'people.email people.phone'],
  coded: ['select id, shout(email) as loud from people', 'people.id', '?'],
  above_coded: ['select id, loud from coded', 'coded.id people.id', '?'],
  of_parts: ['select who from events', 'events.who'],
  of_made: ['select whole, plain from made', 'made.whole ~made.first ~made.last', 'made.plain'],
  catalogued: ['select relname from pg_class', 'pg_catalog.pg_class.relname'],
  elsewhere: ['select email from other.people', 'other.people.email'],
  constant: ["select 1 as one, now() as at, 'people.email' as text", '', '', ''],
  xml: ["select x.mail from people, xmltable('/a' passing xmlelement(name a, email) columns mail text path '.') as x", '~people.email'],
  sampled: ['select id from people tablesample system (10)', 'people.id'],
  odd: [`select email as "a"" :varno 9 {(}" from people`, 'people.email'],
}

/** What older majors do not read. */
const newer: Readonly<Record<number, typeof views>> = {
  16: { any_of: ['select any_value(email) as one from people', '~people.email'] },
  17: {
    json_rows: ["select j.mail from people, json_table(doc, '$[*]' columns (mail text path '$.m')) as j", '~people.doc'],
    json_one: ["select json_value(doc, '$.a') as v from people", '~people.doc'],
  },
}

function told(model: TargetModel, view: string): readonly string[] {
  const relation = model.relations.get(`public.${view}`)
  const short = (name: string) => name.replace(/^public\./, '')
  return (relation?.columns ?? []).map(({ from }) =>
    from === undefined ? '?' : [...from.bare.map(short), ...from.derived.map((name) => `~${short(name)}`)].toSorted().join(' '),
  )
}

/** With all names that a policy may call them by. */
function below(model: TargetModel, { bare, derived }: Lineage): readonly string[] {
  const origins = [...bare, ...derived].map((name) => originsOf(model).of(name)!)
  return origins.flatMap((origin) => [...origin.bare, ...origin.derived])
}

describe.each(majors)('PostgreSQL %i', (major) => {
  let server: TestTarget
  let model: TargetModel
  const expected = {
    ...views,
    ...Object.fromEntries([16, 17].filter((from) => from <= major).flatMap((from) => Object.entries(newer[from]!))),
  }

  beforeAll(async () => {
    server = await startTarget({}, major)
    const side = await server.side()
    for (const statement of world.split(';')) if (statement.trim()) await side.query(statement)
    for (const [name, [text]] of Object.entries(expected)) await side.query(`create view ${name} as ${text}`)
    await side.query('create materialized view stored as select email from people')
    await side.query(`create view huge as select id from people where id in (${Array.from({ length: 3000 }, (_, i) => i).join(', ')})`)
    await side.query('create view above_huge as select id from huge')
    if (major >= 18) await side.query('create table virtual (a text, b text generated always as (upper(a)))')
    side.close()
    const reading = await server.side()
    model = (await loadModel(reading)).model
    reading.close()
  }, 60_000)
  afterAll(() => server.stop())

  test('Every column of a view tells what it shows.', () => {
    const found = Object.fromEntries(Object.keys(expected).map((name) => [name, told(model, name)]))
    expect(found).toEqual(Object.fromEntries(Object.entries(expected).map(([name, [, ...columns]]) => [name, columns])))
    expect(told(model, 'stored')).toEqual(['people.email'])
  })

  test('What is too large to be read, and what is above it, may show anything.', () => {
    expect([told(model, 'huge'), told(model, 'above_huge')]).toEqual([['?'], ['?']])
    expect(originsOf(model).of('public.above_huge.id')).toBeUndefined()
  })

  test('Whoever reads the text of a view as a statement finds at least the same behind each column, or as a condition.', async () => {
    const classifier = createClassifiers().open({ model: () => model })
    const missing: string[] = []
    for (const [name, [text]] of Object.entries(expected)) {
      const { columns } = model.relations.get(`public.${name}`)!
      if (columns.some(({ from }) => !from)) continue
      const { action, outputs } = (await classifier.classify(text)).statements[0]!
      const conditions = action.touches.filter(({ use }) => use === 'predicate' || use === 'key').map((touch) => touch.name)
      for (const [i, { from, name: column }] of columns.entries()) {
        const { bare, derived } = outputs![i]!
        const found = new Set([...bare, ...derived, ...conditions])
        for (const each of below(model, from!)) if (!found.has(each)) missing.push(`${name}.${column}: ${each}`)
      }
    }
    expect(missing).toEqual([])
  })

  test('Every view of PostgreSQL’s own is understood, column by column.', async () => {
    const side = await server.side()
    const attributes = '(select count(*) from pg_attribute where attrelid = ev_class and attnum > 0)'
    const from = `pg_rewrite where rulename = '_RETURN' and ev_class < 16384`
    const [row] = await side.query(`select json_agg(json_build_array(ev_action::text, ${attributes})) from ${from}`)
    side.close()
    const own = JSON.parse(row?.[0] ?? '[]') as [string, number][]
    expect(own.length).toBeGreaterThan(100)
    expect(own.map(([tree]) => readDefinition(tree, []).columns.length)).toEqual(own.map(([, columns]) => columns))
  })

  test('A generated column tells what it is computed from.', () => {
    expect(told(model, 'made').slice(2)).toEqual(['~made.first ~made.last', '?'])
    expect(told(model, 'virtual')).toEqual(major >= 18 ? ['?', '~virtual.a'] : [])
  })

  test('What a partition holds is shown by a view over its parent.', () => {
    expect(originsOf(model).of('public.of_parts.who')?.bare).toEqual(
      expect.arrayContaining(['public.events.who', 'public.events_2026.who', 'public.of_parts.who']),
    )
  })
})
