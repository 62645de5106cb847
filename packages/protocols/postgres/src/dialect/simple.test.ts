import { expect, test } from 'vitest'
import { fields, joined, messages, say, told } from '../../test/play/words.js'
import { play, refusal } from '../../test/play/play.js'
import { createPlayTarget } from '../../test/play/target.js'

const denyDrop = (unit: { actions: readonly { verb: string }[] }) =>
  unit.actions.some(({ verb }) => verb === 'drop') ? refusal : undefined

test('a query is judged whole and forwarded as it came', () => {
  const p = play()
  p.client(say.query('select 2; insert'))
  expect(p.seen.server).toEqual(say.query('select 2; insert'))
  expect(p.seen.units[0]?.actions.map((a) => a.verb)).toEqual(['select', 'insert'])
  expect(p.seen.units[0]?.exact.map((e) => Buffer.from(e).toString())).toEqual(['select 2', 'insert'])
  expect(p.seen.units[0]?.context).toEqual({ database: 'shop' })
  p.settle()
  expect(told(p.seen.client)).toEqual(['T', 'D', 'D', 'C:SELECT 2', 'C:INSERT 0 1', 'Z:I'])
  expect([...p.seen.outcomes.values()]).toEqual([{ status: 'ok', rows: 3, bytes: p.seen.client.length }])
  expect(p.seen.runs).toBe(1)
})

test('a refused query reaches the target only as a statement that cannot be parsed, and its error says why', () => {
  const p = play({ judge: denyDrop })
  p.client(say.query('select 1; drop t'))
  expect(messages(p.seen.server).map(({ type, body }) => type + body.toString())).toEqual(['Q/* sallyport:denied id=2 */ ?\0'])
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42501', 'Z:I'])
  expect(fields(messages(p.seen.client)[0]!.body)).toMatchObject({ S: 'ERROR', M: refusal.message, H: 'ask dba' })
  expect([p.target.ran, p.seen.outcomes.size, p.seen.ended]).toEqual([[], 0, undefined])
  p.client(say.query('select 1'))
  p.settle()
  expect(told(p.seen.client).slice(2)).toEqual(['T', 'D', 'C:SELECT 1', 'Z:I'])
})

test('a refusal fails the transaction, and COMMIT answers ROLLBACK', () => {
  const p = play({ judge: denyDrop })
  for (const sql of ['begin', 'insert', 'drop t', 'select 1', 'commit']) p.client(say.query(sql))
  for (let i = 0; i < 5; i++) p.settle()
  expect(told(p.seen.client)).toEqual(['C:BEGIN', 'Z:T', 'C:INSERT 0 1', 'Z:T', 'E:42501', 'Z:E', 'E:25P02', 'Z:E', 'C:ROLLBACK', 'Z:I'])
})

test('a refusal in the middle of a pipeline is answered in its place', () => {
  const p = play({ judge: denyDrop })
  p.client(Buffer.concat([say.query('select 1'), say.query('drop t'), say.query('select 2')]))
  expect(p.seen.units).toHaveLength(3)
  p.settle()
  expect(told(p.seen.client)).toEqual(['T', 'D', 'C:SELECT 1', 'Z:I', 'E:42501', 'Z:I', 'T', 'D', 'D', 'C:SELECT 2', 'Z:I'])
})

test('what cannot be parsed is refused as a syntax error', () => {
  const p = play({ judge: () => ({ ...refusal, code: 'unparsable', message: 'floor' }) })
  p.client(say.query('selec ?'))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42601', 'Z:I'])
  expect(p.seen.units[0]?.actions.map((a) => a.effects[0])).toEqual(['unparsable', 'unparsable'])
})

test('what we refuse ourselves stays refused even if it was permitted', () => {
  const p = play()
  p.client(say.query('selec ?'))
  p.settle()
  expect([told(p.seen.client), p.target.ran]).toEqual([['E:42601', 'Z:I'], []])
  expect([...p.seen.outcomes.values()]).toEqual([{ status: 'failed', code: '42601' }])
})

test.each([
  ['', ['I', 'Z:I']],
  [' ; ', ['I', 'Z:I']],
])('a query of nothing (%j) needs no permit', (sql, answer) => {
  const p = play()
  p.client(say.query(sql))
  p.settle()
  expect([told(p.seen.client), p.seen.units]).toEqual([answer, []])
})

test('an error that the statement meets at the target passes as it is, and its code is the outcome', () => {
  const p = play()
  p.client(say.query('select 1; boom; insert'))
  p.settle()
  expect(told(p.seen.client)).toEqual(['T', 'D', 'C:SELECT 1', 'E:22012', 'Z:I'])
  expect([...p.seen.outcomes.values()]).toMatchObject([{ status: 'failed', code: '22012', rows: 1 }])
})

test('text whose meaning hangs on settings waits until everything before it has ended', () => {
  const p = play()
  p.client(Buffer.concat([say.query('select 1'), say.query("select '\\'"), say.query('select 3')]))
  expect(p.seen.units).toHaveLength(1)
  p.deliver()
  expect(p.seen.units).toHaveLength(3)
  p.settle()
  expect(told(p.seen.client).filter((t) => t.startsWith('Z'))).toHaveLength(3)
})

test('text whose meaning hangs on settings is refused where they are not what they must be', () => {
  const p = play({ parameters: { client_encoding: 'UTF8', server_encoding: 'LATIN1', standard_conforming_strings: 'on' } })
  p.client(say.query("select 'é'"))
  p.settle()
  expect([told(p.seen.client), p.target.ran]).toEqual([['E:42501', 'Z:I'], []])
})

test('nothing is judged ahead of a statement that may change settings, names or the catalog', () => {
  for (const sql of ['set x to y', 'create t', 'commit', 'rollback']) {
    const p = play()
    p.client(Buffer.concat([say.query(sql), say.query('select 1')]))
    expect(p.seen.units).toHaveLength(1)
    p.settle()
    expect(p.seen.units).toHaveLength(2)
  }
})

test('nothing follows a statement that changes how names resolve in its unit, and later ones are asked about when it has ended', () => {
  const p = play()
  p.client(say.query('set search_path to x; select 1'))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42501', 'Z:I'])
  p.client(say.query('set search_path to x'))
  p.settle()
  p.client(joined(say.query('begin; set search_path to x'), say.query('select 1')))
  expect(p.seen.queries).toHaveLength(3)
  p.settle()
  expect(p.seen.queries.at(-1)).toMatchObject({ texts: ['select 1'], renamed: false, askable: true })
  expect(told(p.seen.client).slice(-3)).toEqual(['D', 'C:SELECT 1', 'Z:T'])
})

test('a notice passes at any time, a notification only after a permitted LISTEN', () => {
  const p = play()
  for (const sql of ['notice', 'notify', 'listen a', 'notify']) {
    p.client(say.query(sql))
    p.settle()
  }
  expect(told(p.seen.client)).toEqual(['N:00000', 'C:DO', 'Z:I', 'C:NOTIFY', 'Z:I', 'C:OK', 'Z:I', 'A', 'C:NOTIFY', 'Z:I'])
})

test('large results are handed on as one run per chunk, rows counted, nothing copied', () => {
  const p = play()
  p.client(say.query('select 5000'))
  const rows = createPlayTarget().receive(say.query('select 5000'))
  for (let at = 0; at < rows.length; at += 30_000) {
    const chunk = rows.subarray(at, at + 30_000)
    const runs = p.dialect.server(chunk).filter((step) => step.do === 'client')
    // A header that the chunk cut in two goes ahead on its own.
    expect(runs.length).toBeLessThanOrEqual(2)
    expect(runs.at(-1)?.bytes.buffer).toBe(chunk.buffer)
    expect(runs.at(-1)?.bytes.length).toBeGreaterThan(chunk.length - 30)
  }
  expect(p.dialect.status()).toBe('I')
})

test('the rows of a unit are those of all its statements', () => {
  const p = play()
  p.client(say.query('select 5000; select 7'))
  p.settle()
  expect([...p.seen.outcomes.values()][0]).toMatchObject({ status: 'ok', rows: 5007 })
})
