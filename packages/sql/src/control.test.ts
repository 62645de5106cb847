import { describe, expect, test } from 'vitest'
import { classified, only } from '../corpus/world.js'
import { withPrepared } from './classify.js'
import type { Control } from './control.js'

function control(text: string): Control {
  return only(text).control
}

describe('what a statement does to the session', () => {
  test.each([
    ['select 1', { kind: 'none', returnsRows: true }],
    ['delete from orders', { kind: 'none', returnsRows: false }],
    ['delete from orders returning id', { kind: 'none', returnsRows: true }],
    ['select 1 into z', { kind: 'none', returnsRows: false, ddl: true }],
    ['show all', { kind: 'none', returnsRows: true }],
    ['explain select 1', { kind: 'none', returnsRows: true }],
    ['begin', { kind: 'begin' }],
    ['start transaction', { kind: 'begin' }],
    ['end', { kind: 'commit' }],
    ['abort and chain', { kind: 'rollback', chain: true }],
    ['savepoint "A"', { kind: 'savepoint', name: 'A' }],
    ['release a', { kind: 'release', name: 'a' }],
    ['rollback to a', { kind: 'rollback_to', name: 'a' }],
    ["prepare transaction 'x'", { kind: 'twophase' }],
    ['deallocate p', { kind: 'deallocate', name: 'p' }],
    ['deallocate all', { kind: 'deallocate', name: undefined }],
    ['declare c cursor for select 1', { kind: 'declare', name: 'c', hold: false }],
    ['declare c binary insensitive scroll cursor with hold for select 1', { kind: 'declare', name: 'c', hold: true }],
    ['fetch 3 from c', { kind: 'fetch', name: 'c', returnsRows: true }],
    ['move 3 from c', { kind: 'fetch', name: 'c', returnsRows: false }],
    ['close c', { kind: 'close_cursor', name: 'c' }],
    ['close all', { kind: 'close_cursor', name: undefined }],
    ['discard all', { kind: 'discard', what: 'all', changesSettings: true, changesNames: true, changesLexing: false }],
    ['discard temporary', { kind: 'discard', what: 'temp', ddl: true }],
    [
      "set datestyle to iso, 'mdy'",
      { kind: 'set', name: 'datestyle', local: false, value: 'iso, mdy', changesSettings: true, changesNames: false },
    ],
    ['set local statement_timeout = 5', { kind: 'set', name: 'statement_timeout', local: true, value: '5' }],
    ['set search_path = a, b', { kind: 'set', name: 'search_path', value: 'a, b', changesNames: true }],
    ['reset search_path', { kind: 'reset', name: 'search_path', changesNames: true }],
    ['reset all', { kind: 'reset', name: undefined, changesNames: true }],
    ['copy orders from stdin', { kind: 'copy_in' }],
    ['copy orders to stdout', { kind: 'copy_out' }],
    ["copy orders to '/x'", { kind: 'none' }],
    ['listen "C"', { kind: 'listen', channel: 'C' }],
    ['unlisten *', { kind: 'unlisten', channel: undefined }],
    ["notify c, 'x'", { kind: 'notify', channel: 'c' }],
    ['create table t9 (a int)', { kind: 'none', ddl: true }],
    ['do $$ begin end $$', { kind: 'none', ddl: true, changesSettings: true, changesNames: true, changesLexing: true }],
    ["select set_config('search_path', 'x', true)", { kind: 'none', changesNames: true, changesSettings: true }],
  ])('%s', (text, expected) => {
    expect(control(text)).toMatchObject(expected)
  })

  test('a call in a body or a schema element leaves the outer statement what it is', () => {
    expect(only('create rule r as on delete to orders do also notify x')).toMatchObject({
      action: { verb: 'create_rule' },
      control: { kind: 'none' },
    })
    expect(only('create procedure p9() begin atomic select 1; end').control.returnsRows).toBe(false)
  })
})

describe('prepared statements', () => {
  test('PREPARE tells what will run', () => {
    const { control, action } = only('prepare p as delete from orders where id = $1')
    expect(action.effects).toEqual(['delete', 'prepare', 'read', 'write'])
    expect(control).toMatchObject({
      kind: 'prepare',
      name: 'p',
      inner: { verb: 'delete', effects: ['delete', 'read', 'write'], facts: { filtered: true } },
    })
    expect(control.kind === 'prepare' && control.innerFlags).toEqual({
      changesSettings: false,
      changesNames: false,
      changesLexing: false,
      ddl: false,
      returnsRows: false,
    })
  })

  function run(text: string) {
    const [prepare, execute] = classified(text)
    if (prepare?.control.kind !== 'prepare' || execute === undefined) throw new Error(text)
    expect(execute.action.certainty).toBe('unknown')
    return withPrepared(execute, prepare.control)
  }

  test('EXECUTE is what its name stands for', () => {
    const { action, control } = run('prepare p as delete from orders; execute p')
    expect(action).toMatchObject({
      verb: 'execute',
      certainty: 'exact',
      effects: ['delete', 'write'],
      facts: { filtered: false, multi: true },
    })
    expect(control).toMatchObject({ changesSettings: false, ddl: false })
  })

  test('EXPLAIN ANALYZE EXECUTE runs it, EXPLAIN EXECUTE does not', () => {
    expect(run('prepare p as delete from orders; explain analyze execute p').action.effects).toEqual(['delete', 'explain', 'read', 'write'])
    const { action } = run('prepare p as delete from orders; explain execute p')
    expect(action.effects).toEqual(['explain', 'read'])
    expect(action.touches.every((touch) => touch.access === 'read')).toBe(true)
    expect(action.facts).not.toHaveProperty('filtered')
  })

  test('doubts of either side stay', () => {
    expect(run('prepare p as select 1; execute p (f_purge())').action).toMatchObject({ certainty: 'unknown' })
    expect(run('prepare p as select f_purge(); execute p').control).toMatchObject({ changesSettings: true })
    expect(run('prepare p as select 1; execute p (nosuch::text)').action.certainty).toBe('exact')
    expect(run("prepare p as select 1; execute p ('x'::nosuch)").action).toMatchObject({ certainty: 'unknown' })
  })

  test('CREATE TABLE AS EXECUTE makes the table, too', () => {
    expect(run('prepare p as select id from orders; create table z as execute p').action.effects).toEqual(['ddl', 'read', 'write'])
  })
})
