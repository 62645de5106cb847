import { expect, test } from 'vitest'
import { fields, frame, joined, messages, say, told } from '../../test/play/words.js'
import { play, refusal } from '../../test/play/play.js'
import type { Unit } from '@sallyport/core'

/** Preparing a drop is fine, running one is not: as with a hold. */
const denyRunningDrop = (unit: Unit) =>
  unit.actions.some(({ effects, verb, facts }) => effects.includes('drop') && verb !== 'prepare' && facts['prepares'] !== true)
    ? refusal
    : undefined
const verbs = (units: readonly Unit[]) => units.map((unit) => unit.actions.map(({ verb }) => verb))

test('everything up to Sync is one unit, its parameters with it', () => {
  const p = play()
  p.client(joined(say.parse('', 'select 2', [25, 0]), say.bind('', '', ['a', null]), say.describe('P'), say.execute(), say.sync()))
  expect(p.seen.units).toHaveLength(1)
  expect(p.seen.units[0]?.actions.map(({ verb, facts }) => [verb, facts])).toEqual([['select', {}]])
  expect(p.seen.units[0]?.params?.map(({ type, format, value }) => [type, format, value && Buffer.from(value).toString()])).toEqual([
    ['25', 'text', 'a'],
    [undefined, 'text', null],
  ])
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', '2', 'T', 'D', 'D', 'C:SELECT 2', 'Z:I'])
  expect(p.seen.runs).toBe(1)
})

test('nothing of a unit is forwarded before its Sync, whatever the chunks', () => {
  const p = play()
  const unit = joined(say.run('insert'), say.sync())
  for (const byte of unit) {
    expect(p.seen.server).toHaveLength(0)
    p.client(Uint8Array.of(byte))
  }
  expect(p.seen.server).toEqual(unit)
})

test('a refused unit is answered by one error and its own ReadyForQuery', () => {
  const p = play({ judge: denyRunningDrop })
  p.client(joined(say.run('insert'), say.run('drop t'), say.run('select 1'), say.sync(), say.run('select 1'), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42501', 'Z:I', '1', '2', 'T', 'D', 'C:SELECT 1', 'Z:I'])
  expect(p.target.ran).toEqual(['select 1'])
})

test('preparing and running are judged each in its time, from the text that the name stands for', () => {
  const p = play({ judge: denyRunningDrop })
  p.client(joined(say.parse('s', 'drop t'), say.describe('S', 's'), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', 't', 'n', 'Z:I'])
  expect(p.seen.units[0]?.actions[0]?.facts).toEqual({ prepares: true })
  p.client(joined(say.bind('', 's'), say.execute(), say.sync()))
  p.settle()
  expect(told(p.seen.client).slice(4)).toEqual(['E:42501', 'Z:I'])
  expect(p.target.ran).toEqual([])
})

test('Parse and PREPARE share one namespace, portals and cursors another', () => {
  const p = play({ judge: denyRunningDrop })
  const ask = (...parts: Uint8Array[]) => {
    p.client(joined(...parts))
    p.settle()
  }
  ask(say.query('prepare a as drop t'))
  ask(say.bind('', 'a'), say.execute(), say.sync())
  ask(say.parse('b', 'drop t'), say.sync())
  ask(say.query('execute b'))
  ask(say.query('execute a'))
  ask(say.parse('c', 'execute a'), say.bind('', 'c'), say.execute(), say.sync())
  ask(say.query('begin'))
  ask(say.query('declare d cursor for select 2'))
  ask(say.execute('d'), say.sync())
  ask(say.parse('', 'select 3'), say.bind('e', ''), say.sync())
  ask(say.query('fetch e'))
  expect(p.target.ran.filter((sql) => sql.startsWith('drop'))).toEqual([])
  expect(verbs(p.seen.units).slice(-4)).toEqual([['declare'], ['declare'], ['select'], ['fetch']])
  expect(p.seen.units.at(-1)?.actions[0]?.effects).toEqual(['fetch', 'select'])
})

test.each([
  ['a statement', joined(say.bind('', 'nowhere'), say.execute(), say.sync()), 'E:26000'],
  ['a portal', joined(say.execute('nowhere'), say.sync()), 'E:34000'],
  ['a described statement', joined(say.describe('S', 'nowhere'), say.sync()), 'E:26000'],
  ['EXECUTE', say.query('execute nowhere'), 'E:26000'],
  ['FETCH', say.query('fetch nowhere'), 'E:34000'],
])('a name that nobody made is refused without asking the target: %s', (_what, unit, code) => {
  const p = play()
  p.client(unit)
  p.settle()
  expect(told(p.seen.client)).toEqual([code, 'Z:I'])
  expect(Buffer.from(p.seen.server).includes('nowhere')).toBe(false)
})

test('the unnamed statement and portal do not outlive a simple query, nor a portal its transaction', () => {
  const p = play()
  p.client(joined(say.run('select 1'), say.sync()))
  p.settle()
  p.client(joined(say.execute(), say.sync()))
  p.settle()
  p.client(say.query('select 1'))
  p.settle()
  p.client(joined(say.bind('', ''), say.execute(), say.sync()))
  p.settle()
  const errors = told(p.seen.client).filter((t) => t.startsWith('E'))
  expect(errors).toEqual(['E:34000', 'E:26000'])
})

test('a cursor WITH HOLD outlives its transaction', () => {
  const p = play()
  for (const sql of ['begin', 'declare h cursor with hold for select 1', 'declare n cursor for select 1', 'commit', 'fetch h', 'fetch n']) {
    p.client(say.query(sql))
    p.settle()
  }
  expect(told(p.seen.client).slice(-5)).toEqual(['D', 'C:SELECT 1', 'Z:I', 'E:34000', 'Z:I'])
})

test('a name that a batch in flight may still change is waited for', () => {
  // The first batch fails before its Close: at the target the name keeps its old meaning.
  const p = play({ judge: denyRunningDrop })
  p.client(joined(say.parse('s', 'drop t'), say.sync()))
  p.settle()
  p.client(joined(say.run('boom'), say.close('S', 's'), say.parse('s', 'select 1'), say.sync()))
  p.client(joined(say.bind('', 's'), say.execute(), say.sync()))
  expect(p.seen.units).toHaveLength(2)
  p.settle()
  expect(p.seen.units).toHaveLength(3)
  expect(told(p.seen.client).slice(-2)).toEqual(['E:42501', 'Z:I'])
  expect(p.target.ran).toEqual(['boom'])
})

test('a name that changed its meaning in flight is not judged by the old one', () => {
  const p = play({ judge: denyRunningDrop })
  p.client(joined(say.parse('s', 'select 1'), say.sync()))
  p.settle()
  p.client(joined(say.close('S', 's'), say.parse('s', 'drop t'), say.sync(), say.bind('', 's'), say.execute(), say.sync()))
  p.settle()
  expect(told(p.seen.client).slice(-2)).toEqual(['E:42501', 'Z:I'])
  expect(p.target.ran).toEqual([])
})

test('a portal that runs another name is judged again when it runs', () => {
  const p = play({ judge: denyRunningDrop })
  p.client(say.query('prepare a as select 1'))
  p.settle()
  const swap = [say.run('deallocate a'), say.run('prepare a as drop t')]
  p.client(joined(say.parse('x', 'execute a'), say.bind('p', 'x'), ...swap, say.execute('p'), say.sync()))
  p.settle()
  expect(told(p.seen.client).slice(-2)).toEqual(['E:42501', 'Z:I'])
  expect(p.seen.units.at(-1)?.actions.map(({ effects }) => effects.join())).toEqual([
    'execute,select',
    'deallocate',
    'prepare',
    'drop,execute,select',
  ])
})

test('names longer than the server compares are refused', () => {
  const p = play()
  p.client(joined(frame('P', `${'n'.repeat(64)}\0select 1\0\0\0`), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42622', 'Z:I'])
})

test('what was flushed is judged and answered at once', () => {
  const p = play()
  p.client(joined(say.parse('', 'insert'), say.describe('S'), say.flush()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', 't', 'n'])
  p.client(joined(say.bind('', ''), say.execute(), say.sync()))
  p.settle()
  expect(told(p.seen.client).slice(3)).toEqual(['2', 'C:INSERT 0 1', 'Z:I'])
  expect([...p.seen.outcomes.values()].map(({ status }) => status)).toEqual(['ok', 'ok'])
})

test('after a flushed statement that may change settings, only text that means the same under any is judged before Sync', () => {
  const p = play()
  p.client(joined(say.run('set x to y'), say.flush(), say.run('select 1'), say.flush(), say.run("select '\\'"), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', '2', 'n', 'S', 'C:SET', '1', '2', 'T', 'D', 'C:SELECT 1', 'E:42501', 'Z:I'])
  p.client(joined(say.run("select '\\'"), say.sync()))
  p.settle()
  expect(told(p.seen.client).at(-2)).toBe('C:SELECT 0')
})

test('nothing follows a statement that changes how names resolve in its batch, flushed or not', () => {
  for (const between of [say.flush(), say.close('S', 'a')]) {
    const p = play()
    p.client(joined(say.run('set search_path to x'), between, say.run('select 1'), say.sync()))
    p.settle()
    expect(told(p.seen.client).slice(-2)).toEqual(['E:42501', 'Z:I'])
    expect(p.target.ran).not.toContain('select 1')
    p.client(joined(say.run('select 1'), between, say.run('set search_path to x'), say.sync()))
    p.settle()
    expect(told(p.seen.client).slice(-2)).toEqual(['C:SET', 'Z:I'])
  }
})

test('a refusal after a flush fails the batch: what follows is skipped up to Sync, what came before is told as failed', () => {
  const p = play({ judge: denyRunningDrop })
  p.client(joined(say.run('insert'), say.flush()))
  p.settle()
  p.client(joined(say.run('drop t'), say.flush()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', '2', 'n', 'C:INSERT 0 1', 'E:42501'])
  p.client(joined(say.run('select 1'), say.flush(), say.query('select 1')))
  p.settle()
  expect(told(p.seen.client)).toHaveLength(5)
  p.client(joined(say.sync(), say.run('select 1'), say.sync()))
  p.settle()
  expect(told(p.seen.client).slice(5)).toEqual(['Z:I', '1', '2', 'T', 'D', 'C:SELECT 1', 'Z:I'])
  expect([...p.seen.outcomes.values()].map(({ status, code }) => [status, code])).toEqual([
    ['failed', '42501'],
    ['ok', undefined],
  ])
})

test('after an error nothing up to Sync is judged', () => {
  const p = play()
  p.client(joined(say.run('boom'), say.flush()))
  p.settle()
  p.client(joined(say.run('insert'), say.flush(), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', '2', 'n', 'E:22012', 'Z:I'])
  expect(p.seen.units).toHaveLength(1)
})

test('a batch that fails while its rest is being judged takes the rest with it', () => {
  const p = play({ open: true })
  p.client(joined(say.run('boom'), say.flush()))
  p.reply(p.dialect.permitted(2, permitOf()))
  p.client(joined(say.run('insert'), say.sync()))
  p.settle()
  p.reply(p.dialect.permitted(4, permitOf()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', '2', 'n', 'E:22012', 'Z:I'])
  expect([...p.seen.outcomes].map(([id, { status, code }]) => [id, status, code])).toEqual([
    [4, 'failed', '22012'],
    [2, 'failed', '22012'],
  ])
  expect(p.target.ran).toEqual(['boom'])
})

test('a query inside a batch is refused, and skipped as the rest of it', () => {
  const p = play()
  p.client(joined(say.run('insert'), say.query('select 1')))
  p.settle()
  expect(told(p.seen.client).at(-1)).toBe('E:08P01')
  p.client(joined(say.query('select 2'), say.sync(), say.query('select 0')))
  p.settle()
  expect(told(p.seen.client).slice(-4)).toEqual(['Z:I', 'T', 'C:SELECT 0', 'Z:I'])
  expect(p.target.ran).not.toContain('select 2')
})

test('a query after a flush ends the batch, once all that was flushed is answered', () => {
  const p = play()
  p.client(joined(say.parse('a', 'insert'), say.describe('S', 'a'), say.flush(), say.query('copy t from stdin')))
  expect(p.seen.units).toHaveLength(1)
  p.settle()
  p.client(joined(say.copyData('x'), say.copyDone(), say.bind('', 'a'), say.execute(), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', 't', 'n', 'G', 'C:COPY 1', 'Z:I', '2', 'C:INSERT 0 1', 'Z:I'])
})

test('a query after a flush is refused with its batch, and skipped with a batch that failed', () => {
  const p = play({ judge: denyRunningDrop })
  p.client(joined(say.run('insert'), say.flush(), say.query('drop t')))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', '2', 'n', 'C:INSERT 0 1', 'E:42501', 'Z:I'])
  p.client(joined(say.run('boom'), say.flush(), say.query('insert'), say.sync(), say.query('select 0')))
  p.settle()
  expect(told(p.seen.client).slice(6)).toEqual(['1', '2', 'n', 'E:22012', 'Z:I', 'T', 'C:SELECT 0', 'Z:I'])
  expect(p.target.ran).toEqual(['insert', 'boom', 'select 0'])
})

test('several commands in one Parse are refused', () => {
  const p = play()
  p.client(joined(say.run('select 1; select 2'), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42601', 'Z:I'])
  expect(fields(messages(p.seen.client)[0]!.body)['M']).toBe('cannot insert multiple commands into a prepared statement')
})

test('a lone Sync, Flush or Close asks nobody', () => {
  const p = play()
  p.client(joined(say.flush(), say.sync(), say.close('S', 'x'), say.sync()))
  p.settle()
  expect([told(p.seen.client), p.seen.units]).toEqual([['Z:I', '3', 'Z:I'], []])
})

function permitOf() {
  return {
    kind: 'permit' as const,
    allow: { kind: 'allow' as const, rules: [], shadow: [], obligations: [], record: 'buffered' as const },
    onLapse: () => undefined,
    done: () => undefined,
  }
}

test('a parameter of a type whose values run code is refused, when it is declared and when it is bound', () => {
  let known = false
  const p = play({ runsCode: (type) => known && type === 16_400 })
  p.client(joined(say.parse('s', 'select 1', [25, 16_400]), say.sync()))
  p.settle()
  known = true
  p.client(joined(say.bind('', 's', ['a', 'b']), say.execute(), say.sync()))
  p.client(joined(say.parse('t', 'select 1', [16_400]), say.sync()))
  p.client(joined(say.parse('u', 'select 1', [25]), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', 'Z:I', 'E:42501', 'Z:I', 'E:42501', 'Z:I', '1', 'Z:I'])
  expect(p.seen.units.map((unit) => unit.actions.some(({ effects }) => effects.includes('execute_unknown')))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(p.target.ran).toEqual([])
})

test('a statement that a blank one replaced before it was bound is judged all the same', () => {
  const p = play({ judge: () => refusal })
  p.client(joined(say.parse('', 'drop t'), say.parse('', ''), say.bind('', ''), say.execute(), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42501', 'Z:I'])
  expect(Buffer.from(p.seen.server).includes('drop')).toBe(false)
})
