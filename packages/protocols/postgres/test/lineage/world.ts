/** Tables, and everything that shows their columns under another name. What can differ between two worlds is told apart. */

/** Columns of which another world holds other values, each with the two that it may hold, by the number of the row. */
export const secrets = {
  'public.people.email': [`'a' || i || '@x.io'`, `'z' || (90 - i) || '@y.org'`],
  'public.people.name': [`'Name ' || (i % 5)`, `case when i = 3 then null else 'Other ' || (i % 7) end`],
  'public.people.team': [`1 + i % 3`, `3 - i % 2`],
  'public.people.tags': [`array['t' || i, 'x']`, `case when i = 2 then '{}'::text[] else array['x', 'y' || i, 'w'] end`],
  'public.people.doc': [`jsonb_build_object('k', i, 'm', 'v' || i)`, `jsonb_build_object('k', i * 2, 'o', 'w' || i)`],
  'public.people.home': [`row('street ' || i, 'city')::place`, `row('road ' || i, 'town ' || (i % 2))::place`],
  'public.people.mail': [`'m' || i || '@x.io'`, `'n' || (i * 3) || '@y.org'`],
  'public.teams.title': [`'Team ' || i`, `'Group ' || (10 - i)`],
  'public.teams.email': [`'team' || i || '@x.io'`, `'a' || i || '@x.io'`],
  'public.events.who': [`'who ' || (i % 4)`, `'whom ' || (i % 3)`],
  'public.things.label': [`'label ' || (i % 4)`, `'mark ' || (i % 3)`],
  'public.made.first': [`'First ' || i`, `'Last ' || (9 - i)`],
} as const

export type Secret = keyof typeof secrets

/** The columns of the base table that a secret fills, in its own name and in those of its children. */
function fill(secret: Secret, other: Secret | undefined): string {
  return secrets[secret][secret === other ? 1 : 0]
}

/** Statements that make the world in which one column, or none, holds other values. */
export function worldWith(other: Secret | undefined): readonly string[] {
  const of = (secret: Secret) => fill(secret, other)
  return [
    `create type place as (street text, city text)`,
    `create domain address as text check (value <> '')`,
    `create table people (id int primary key, email text, gone int, name varchar(40), team int, tags text[], doc jsonb, home place, mail address, born date)`,
    `alter table people drop column gone`,
    `create table teams (id int primary key, title text, boss int, email text)`,
    `create table events (at int, who text, note text) partition by range (at)`,
    `create table events_low partition of events for values from (0) to (5)`,
    `create table events_high partition of events for values from (5) to (100)`,
    `create table things (id int, label text)`,
    `create table gadgets (extra text) inherits (things)`,
    `create table made (id int, first text, whole text generated always as (first || '!') stored)`,
    `insert into people select i, ${of('public.people.email')}, ${of('public.people.name')}, ${of('public.people.team')}, ${of('public.people.tags')}, ${of('public.people.doc')}, ${of('public.people.home')}, ${of('public.people.mail')}, date '2000-01-01' + i from generate_series(1, 9) i`,
    `insert into teams select i, ${of('public.teams.title')}, i - 1, ${of('public.teams.email')} from generate_series(1, 4) i`,
    `insert into events select i, ${of('public.events.who')}, 'note ' || i from generate_series(1, 8) i`,
    `insert into things select i, ${of('public.things.label')} from generate_series(1, 4) i`,
    `insert into gadgets select i, ${of('public.things.label')}, 'extra ' || i from generate_series(5, 8) i`,
    `insert into made (id, first) select i, ${of('public.made.first')} from generate_series(1, 5) i`,
    `create view v_people as select id, email as contact, upper(name) as shout, team from people where born is not null`,
    `create view v_over as select contact, v.id, title from v_people v join teams t on t.id = v.team`,
    `create view v_union as select id, email as e from people union all select id, title from teams`,
    `create view v_counts as select team, count(*) as n, max(name) as top from people group by team`,
    `create view v_events as select * from events`,
    `create materialized view mv_people as select id, email, name || '?' as asked from people`,
    `create view v_walk as with recursive w(id, path) as (select id, title from teams where boss = 0 union all select t.id, w.path from teams t join w on t.boss = w.id) select * from w`,
    `create schema alt`,
    `create table alt.people (id int, email text)`,
    `insert into alt.people select i, 'alt' || i from generate_series(1, 3) i`,
  ]
}
