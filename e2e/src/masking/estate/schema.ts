/**
 * What both twins hold, but for the rows: one masked column of every family of types, and every way on which its values
 * could come out under another name. The same statements in the same order give both clusters the same OIDs.
 */
export const schema: readonly string[] = [
  `create domain address as text check (value like '%@%')`,
  `create type contact as (label text, place text)`,
  `create type mood as enum ('sad', 'dim', 'gay')`,
  `create table customers (id int primary key, name text not null, email text not null unique, phone varchar(20) not null check (phone like '+%'),
    card_number text, ssn char(11), credit int not null check (credit >= 0), born date, profile jsonb, aliases text[], city varchar(20),
    active boolean not null, joined timestamptz, score numeric(8, 2), note text, handle text generated always as (lower(email)) stored)`,
  'create index on customers (born)',
  `create table accounts (id int primary key, customer_id int not null references customers, mailbox address not null, card_number text,
    iban varchar(34) unique, pin smallint check (pin > 0), contact contact, balance numeric(10, 2), opened date default '2024-01-01')`,
  'create index on accounts (card_number)',
  `create table orders (id int primary key, customer_id int references customers on delete cascade, total numeric(10, 2) check (total >= 0),
    status text not null default 'new', placed timestamptz, note text, doc jsonb)`,
  'create table products (id bigint primary key, name text unique, weight real, price float8, code bytea, span interval, key uuid)',
  'create table lines (order_id int references orders, product_id bigint, quantity smallint, price numeric, primary key (order_id, product_id))',
  `create table letters (id int, sent date not null, customer_id int, body text, size int) partition by range (sent)`,
  `create table letters_2023 partition of letters for values from ('2023-01-01') to ('2024-01-01')`,
  `create table letters_2024 partition of letters for values from ('2024-01-01') to ('2025-01-01')`,
  'create table people (id int, name text, secret text, rank int)',
  'create table staff (salary numeric(10, 2), desk text) inherits (people)',
  `create table vault (id int primary key, hint text, code text, blob bytea, words tsvector, addr inet, span int4range, seen timestamptz, flag boolean,
    spot point, key uuid, feels mood, took interval, rate float8, small smallint, big bigint, dates date[], left_half char(4), right_half char(4))`,
  'create view customer_contacts as select id, name, email as mail, phone from customers',
  'create view contact_book as select c.id, c.mail as reach_at, o.id as order_id, o.total from customer_contacts c join orders o on o.customer_id = c.id',
  'create view customer_summary as select id, upper(name) as title, upper(email) as login, length(phone) as digits, coalesce(ssn, $$-$$) as tax, city from customers',
  'create view all_cards as select id, card_number as card from customers union all select id, card_number from accounts',
  'create view vaults as select v.key as id, v.code as c, v.hint, v.addr, v.seen from (select id, hint, code, addr, seen from vault) v(key, hint, code, addr, seen)',
  'create view active_customers as select * from customers where active with cascaded check option',
  'create view whole_customers as select c.id, c as customer, to_jsonb(c) as json from customers c',
  'create materialized view card_holders as select id, name, card_number as card, born from customers where card_number is not null with no data',
  `create function mails_of(int) returns setof text language sql stable as 'select email from public.customers where id <= $1 order by id'`,
  `create function plus_one(int) returns int language sql immutable as 'select $1 + 1'`,
  'create sequence tickets',
  // Installed by who owns the data: what they say is for nobody who may not see the row.
  `create function tells() returns trigger language plpgsql as $$ begin
    raise notice 'was %', old.secret; perform pg_notify('gossip', old.secret);
    if new.rank > 90 then raise exception 'not with %', old.secret using detail = old.secret, hint = old.secret; end if; return new; end $$`,
  'create trigger tells before update on people for each row execute function tells()',
  'grant all on all tables in schema public to app_trust',
  'grant all on all sequences in schema public to app_trust',
  'grant temporary on database postgres to app_trust',
]

/** What the target's document says of functions, and labels where nothing else names what is masked. */
export const documented = {
  labels: Object.fromEntries(
    ['code', 'blob', 'words', 'addr', 'span', 'seen', 'flag', 'spot', 'key', 'feels', 'took', 'rate', 'small', 'big', 'dates'].map(
      (name) => [`public.vault.${name}`, ['pii.any']],
    ),
  ),
  functions: {
    'public.mails_of(integer)': { effects: ['read'], reads: ['public.customers.email'] },
    'public.plus_one(integer)': { effects: ['read'], reads: [] },
  },
}

/** After the rows. What a server learns of a masked column is different in the twins: it may not choose plans by that. */
export const settled: readonly string[] = [
  'refresh materialized view card_holders',
  'analyze customers (id, name, city, active, joined, score, note)',
  'analyze accounts (id, customer_id, balance, opened)',
  'analyze orders',
  'analyze products',
  'analyze lines',
  'analyze letters_2023 (id, sent, customer_id, size)',
  'analyze people (id, name, rank)',
]
