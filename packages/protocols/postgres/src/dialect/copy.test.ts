import { expect, test } from 'vitest'
import { joined, messages, say, told } from '../../test/play/words.js'
import { play } from '../../test/play/play.js'

const forwarded = (p: ReturnType<typeof play>) =>
  messages(p.seen.server)
    .map(({ type }) => type)
    .join('')

test('COPY data goes on once the target asks for it, and other statements follow its end', () => {
  const p = play()
  p.client(joined(say.query('copy t from stdin'), say.copyData('a\n'), say.copyData('b\n'), say.copyDone(), say.query('select 1')))
  expect(forwarded(p)).toBe('Q')
  p.settle()
  expect(forwarded(p)).toBe('QddcQ')
  expect(told(p.seen.client)).toEqual(['G', 'C:COPY 1', 'Z:I', 'T', 'D', 'C:SELECT 1', 'Z:I'])
  expect([...p.seen.outcomes.values()][0]).toMatchObject({ status: 'ok', rows: 1 })
})

test('a query may copy twice', () => {
  const p = play()
  p.client(
    joined(say.query('copy t from stdin; copy u from stdin; insert'), say.copyData('a'), say.copyDone(), say.copyData('b'), say.copyDone()),
  )
  p.settle()
  expect(told(p.seen.client)).toEqual(['G', 'C:COPY 1', 'G', 'C:COPY 1', 'C:INSERT 0 1', 'Z:I'])
})

test('a Sync that was sent with the COPY is ignored, as a target that copies ignores it', () => {
  const p = play()
  p.client(joined(say.run('copy t from stdin'), say.sync()))
  p.settle()
  expect(forwarded(p)).toBe('PBDEH')
  p.client(joined(say.copyData('a'), say.sync(), say.flush(), say.copyDone(), say.sync(), say.query('select 0')))
  p.settle()
  expect(forwarded(p)).toBe('PBDEHdcSQ')
  expect(told(p.seen.client)).toEqual(['1', '2', 'n', 'G', 'C:COPY 1', 'Z:I', 'T', 'C:SELECT 0', 'Z:I'])
})

test('a COPY that fails before it asks for data gets its Sync after all', () => {
  const p = play()
  p.client(say.query('begin; boom'))
  p.settle()
  p.client(joined(say.run('copy t from stdin'), say.sync(), say.query('rollback')))
  p.settle()
  expect(told(p.seen.client).slice(3)).toEqual(['1', '2', 'n', 'E:25P02', 'Z:E', 'C:ROLLBACK', 'Z:I'])
})

test('an earlier statement of the batch that ends does not let the COPY go without its data', () => {
  const p = play()
  p.client(joined(say.run('insert'), say.run('copy t from stdin'), say.sync()))
  p.deliver(30)
  p.settle()
  p.client(joined(say.copyData('a'), say.copyDone(), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['1', '2', 'n', 'C:INSERT 0 1', '1', '2', 'n', 'G', 'C:COPY 1', 'Z:I'])
})

test('a client that gives up ends the COPY with its error', () => {
  for (const [start, end] of [
    [say.query('copy t from stdin'), new Uint8Array()],
    [joined(say.run('copy t from stdin'), say.sync()), say.sync()],
  ] as const) {
    const p = play()
    p.client(start)
    p.settle()
    p.client(joined(say.copyData('a'), say.copyFail('no'), end, say.copyData('late'), say.query('select 0')))
    p.settle()
    expect(told(p.seen.client).slice(-5)).toEqual(['E:57014', 'Z:I', 'T', 'C:SELECT 0', 'Z:I'])
    expect([...p.seen.outcomes.values()][0]).toMatchObject({ status: 'cancelled', code: '57014' })
  }
})

test('anything but data during a COPY ends the session', () => {
  const p = play()
  p.client(say.query('copy t from stdin'))
  p.settle()
  p.client(joined(say.copyData('a'), say.query('drop t')))
  expect([told(p.seen.client), p.seen.ended?.code, p.seen.cancels]).toEqual([['G', 'E:08P01'], 'protocol_violation', 1])
  expect(p.target.ran).toEqual(['copy t from stdin'])
})

test('nothing may follow a COPY FROM STDIN in its batch', () => {
  const p = play()
  p.client(joined(say.run('copy t from stdin'), say.run('select 1'), say.sync()))
  p.settle()
  expect([told(p.seen.client), p.target.ran]).toEqual([['E:08P01', 'Z:I'], []])
})

test('the data of a COPY TO STDOUT passes as it comes', () => {
  const p = play()
  p.client(joined(say.query('copy t to stdout'), say.run('copy t to stdout'), say.sync()))
  p.settle()
  expect(told(p.seen.client)).toEqual(['H', 'd', 'd', 'c', 'C:COPY 2', 'Z:I', '1', '2', 'n', 'H', 'd', 'd', 'c', 'C:COPY 2', 'Z:I'])
  expect(p.seen.runs).toBe(1)
})
