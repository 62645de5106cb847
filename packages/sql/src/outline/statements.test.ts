import { describe, expect, test } from 'vitest'
import { effects, only } from '../../corpus/world.js'

/** Each line: what is sent, its verb, its effects. */
function table(lines: string): (readonly [string, string, string])[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => line.split(/\s+=>\s+|\s+:\s+/) as [string, string, string])
}

const families = {
  queries: `
    select 1 => select : read
    values (1), (2) => select : read
    table orders => select : read
    select 1 union select 2 => select : read
    select id from orders for update => select : lock_rows read
    select * from (select id from orders for share) o => select : lock_rows read
    select id into z from orders => select_into : ddl read write
    select 1 into temp z union select 2 => select_into : ddl read write
    with d as (delete from orders where id = 1 returning id) select 1 => select : delete read write
    with recursive r as (select 1 as n union all select n + 1 from r) select n from r => select : read`,
  changes: `
    insert into orders (total) values (1) => insert : insert write
    insert into orders default values => insert : insert write
    insert into orders (total) values (1) returning id => insert : insert read write
    insert into orders (total) select 1 => insert : insert read write
    insert into orders (id) values (1) on conflict (id) do nothing => insert : insert write
    insert into orders (id, total) values (1, 2) on conflict (id) do update set total = excluded.total => insert : insert update write
    update orders set total = 0 => update : update write
    update orders set total = 0 where id = 1 => update : read update write
    update orders set total = total + 1 => update : read update write
    delete from orders => delete : delete write
    delete from orders where id = 1 => delete : delete read write
    merge into orders o using staging s on o.id = s.id when matched then delete => merge : delete merge read write
    merge into orders o using staging s on o.id = s.id when not matched then insert (id) values (s.id) => merge : insert merge read write
    truncate orders => truncate : truncate write
    copy orders from stdin => copy : bulk_import insert write
    copy orders to stdout => copy : bulk_export read
    copy (select 1) to stdout => copy : bulk_export read
    copy (delete from orders returning id) to stdout => copy : bulk_export delete read write
    copy orders to '/tmp/x' => copy : bulk_export filesystem read
    copy orders from program 'id' => copy : bulk_import execute_code insert write`,
  session: `
    begin => begin : tx
    start transaction read only => begin : tx
    begin read write => begin : tx tx_read_write
    commit and chain => commit : tx
    rollback => rollback : tx
    savepoint a => savepoint : tx
    release a => release : tx
    rollback to a => rollback_to : tx
    prepare transaction 'x' => prepare : twophase tx
    commit prepared 'x' => commit_prepared : twophase tx
    set constraints all deferred => set_constraints : tx
    set transaction isolation level serializable, read only => set : tx
    set transaction read write => set : tx tx_read_write
    set transaction snapshot '1-2' => set : unsafe_setting
    set session characteristics as transaction read only => set : session_ok
    set session characteristics as transaction read write => set : session_ok tx_read_write
    show server_version => show : read
    show all => show : introspect_settings read
    discard all => discard : session_ok
    discard plans => discard : session_ok
    discard temp => discard : ddl
    prepare p as select 1 => prepare : prepare read
    prepare p (int) as delete from orders where id = $1 => prepare : delete prepare read write
    execute p (1) => execute : indirect
    deallocate p => deallocate : prepare
    declare c cursor for select id from orders => declare : cursor read
    fetch 10 from c => fetch : cursor
    move 10 from c => move : cursor
    close all => close : cursor
    listen c => listen : notify
    unlisten * => unlisten : session_ok
    notify c, 'x' => notify : notify
    lock table orders in share mode => lock : lock
    do $$ begin end $$ => do : execute_unknown
    call p_purge() => call : execute_unknown`,
  maintenance: `
    vacuum full orders => vacuum : maintenance
    analyze orders => analyze : maintenance
    cluster orders using orders_pkey => cluster : maintenance
    reindex table orders => reindex : maintenance
    reindex index orders_pkey => reindex : maintenance
    checkpoint => checkpoint : admin
    load 'x' => load : execute_code
    alter system set work_mem = 1 => alter_system : admin persist_setting`,
  privileges: `
    grant select on orders to app => grant : privilege
    revoke all on all tables in schema public from app => revoke : privilege
    grant app to postgres => grant_role : privilege
    create role r => create_role : privilege
    alter role app superuser => alter_role : privilege
    alter role app set standard_conforming_strings = off => alter_role : persist_setting privilege
    alter database shop set search_path = alt => alter_database : admin persist_setting
    drop role app => drop_role : privilege
    drop owned by app => drop_owned : privilege
    reassign owned by app to postgres => reassign_owned : privilege
    alter default privileges grant select on tables to public => alter_default_privileges : privilege
    alter table orders owner to app => alter_table : ddl privilege
    alter schema public owner to app => alter_schema : privilege
    alter table orders enable row level security => alter_table : ddl privilege
    alter table orders disable trigger all => alter_table : ddl privilege
    create policy p on orders using (true) => create_policy : privilege
    drop policy p on orders => drop_policy : privilege
    security label on table orders is 'x' => security_label : privilege`,
  definitions: `
    create table t9 (a int primary key, b serial) => create_table : ddl
    create temp table t9 (a int) => create_table : ddl
    create table t9 as select id from orders => create_table_as : ddl read write
    create materialized view m9 as select id from orders => create_materialized_view : ddl read write
    refresh materialized view mv_users => refresh_materialized_view : ddl read write
    create view v9 as select id from orders => create_view : ddl read
    create index on orders (total) => create_index : ddl
    create schema s9 create table t (a int) create view v as select 1 => create_schema : ddl read
    create schema s9 authorization app => create_schema : ddl privilege
    create sequence s9 => create_sequence : ddl
    create type t9 as enum ('a') => create_type : ddl
    create domain d9 as text check (value <> '') => create_domain : ddl
    alter table orders add column x int default 7 => alter_table : ddl
    alter table orders set tablespace pg_default => alter_table : ddl filesystem
    alter table orders rename to o2 => alter_table : ddl
    alter table orders rename column note to n => alter_table : ddl
    alter table orders set schema alt => alter_table : ddl
    comment on column orders.note is 'x' => comment : ddl
    drop table orders => drop_table : ddl
    drop materialized view mv_users => drop_materialized_view : ddl
    drop function f_email (int) => drop_function : ddl
    drop trigger t on orders => drop_trigger : ddl define_code
    drop database shop => drop_database : ddl
    create function f9() returns int language sql as 'select 1' => create_function : ddl define_code
    create procedure p9() begin atomic delete from orders; end => create_procedure : ddl define_code read
    create trigger t before insert on orders for each row when (new.id > 0) execute function f_purge() => create_trigger : ddl define_code
    create rule r as on delete to orders do also notify x => create_rule : ddl define_code notify
    create extension dblink => create_extension : ddl define_code
    create operator === (leftarg = int, rightarg = int, function = int4eq) => create_operator : ddl define_code
    create cast (int as text) with inout => create_cast : ddl define_code
    create server s foreign data wrapper f options (host 'evil') => create_server : ddl network
    create foreign table ft (a int) server s => create_foreign_table : ddl network
    create user mapping for app server s => create_user_mapping : ddl network privilege
    import foreign schema a from server s into public => import_foreign_schema : ddl network
    create tablespace t location '/x' => create_tablespace : ddl filesystem
    create publication p for table orders => create_publication : replication
    create subscription s connection 'x' publication p => create_subscription : network replication`,
  plans: `
    explain select id from orders => explain : explain read
    explain delete from orders => explain : explain read
    explain (analyze off) delete from orders => explain : explain read
    explain (analyze, analyze false) delete from orders => explain : explain read
    explain analyze delete from orders => explain : delete explain read write
    explain (analyze off, analyze on) delete from orders => explain : delete explain read write
    explain (analyze 1) delete from orders => explain : delete explain read write
    explain (analyze tRuE) delete from orders => explain : delete explain read write
    explain (analyze whatever) delete from orders => explain : delete explain read write
    explain create table z as select 1 => explain : explain read
    explain analyze create table z as select 1 => explain : ddl explain read write
    explain execute p => explain : explain indirect read
    explain declare c cursor for select 1 => explain : cursor explain read`,
}

describe.each(Object.entries(families))('%s', (_, lines) => {
  test.each(table(lines))('%s', (text, verb, expected) => {
    const { action } = only(text)
    expect([action.verb, action.effects.join(' ')]).toEqual([verb, expected])
  })
})

test('what PostgreSQL itself would not run inside a query is of unknown kind', () => {
  expect(effects('copy (select 1 into z) to stdout')).toContain('unknown_statement')
  expect(effects('insert into orders (id) select 1 into z')).toContain('unknown_statement')
})

test('functions in definitions are classified, too', () => {
  for (const text of [
    'create table t9 (a int default f_purge())',
    'create index on orders (f_purge())',
    'alter table orders add check (f_purge() > 0)',
    'create view v9 as select f_purge()',
    'create policy p on orders using (f_purge() > 0)',
  ])
    expect(effects(text)).toContain('execute_unknown')
})
