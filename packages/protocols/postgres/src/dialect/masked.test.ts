import { createMemoryBudget } from '@sallyport/gate'
import { expect, test } from 'vitest'
import { fields, frame, joined, messages, say, told } from '../../test/play/words.js'
import { play, type Play, type PlayOptions } from '../../test/play/play.js'
import { veil } from '../../test/play/veil.js'
import type { Veil } from '../masking/veil.js'

const masked = (options: Partial<Veil> = {}, given: PlayOptions = {}): Play => play({ veils: () => veil(options), ...given })
const rows = (stream: Uint8Array) =>
  messages(stream)
    .filter(({ type }) => type === 'D')
    .map(({ body }) => body.toString('latin1', 6))
const asked = (p: Play) => messages(p.seen.server).map(({ type }) => type)

function ask(p: Play, ...parts: Uint8Array[]): string[] {
  const before = told(p.seen.client).length
  p.client(joined(...parts))
  p.settle()
  return told(p.seen.client).slice(before)
}

test('rows of one chunk leave as one run, with what follows them', () => {
  const p = masked()
  expect(ask(p, say.query('select 3'))).toEqual(['T', 'D', 'D', 'D', 'C:SELECT 3', 'Z:I'])
  expect(rows(p.seen.client)).toEqual(['***', '***', '***'])
  expect(p.seen.runs).toBe(2)
  expect(p.seen.outcomes.get(2)).toEqual({ status: 'ok', rows: 3, bytes: p.seen.client.length })
})

test('each Execute is preceded by a description of its portal, ours only where the client did not ask', () => {
  const p = masked()
  expect(ask(p, say.parse('', 'select 1'), say.bind('', ''), say.execute(), say.sync())).toEqual(['1', '2', 'D', 'C:SELECT 1', 'Z:I'])
  expect(asked(p)).toEqual(['P', 'B', 'D', 'E', 'S'])
  const q = masked()
  expect(ask(q, say.run('select 1'), say.sync())).toEqual(['1', '2', 'T', 'D', 'C:SELECT 1', 'Z:I'])
  expect(asked(q)).toEqual(['P', 'B', 'D', 'E', 'S'])
})

test('a description of another portal, of a statement, or from before a flush is none of what is executed', () => {
  const p = masked()
  const words = ask(
    p,
    joined(say.parse('s', 'select 1'), say.bind('p', 's'), say.bind('', 's'), say.describe('P', 'p'), say.execute()),
    joined(say.describe('S', 's'), say.execute('p'), say.bind('q', 's'), say.describe('P', 'q'), say.flush()),
    joined(say.execute('q'), say.sync()),
  )
  expect(words).toEqual(['1', '2', '2', 'T', 'D', 'C:SELECT 1', 't', 'T', 'D', 'C:SELECT 1', '2', 'T', 'D', 'C:SELECT 1', 'Z:I'])
  expect(asked(p).join('')).toBe('PBBDDEDDEBDHDES')
  expect(rows(p.seen.client)).toEqual(['***', '***', '***'])
})

test('what is executed in vain is described in vain, and the client hears one error', () => {
  expect(ask(masked(), say.execute('nowhere'), say.sync())).toEqual(['E:34000', 'Z:I'])
  expect(ask(masked(), say.query('begin'), say.query('boom'), say.run('select 1'), say.sync()).slice(-2)).toEqual(['E:25P02', 'Z:E'])
  expect(ask(masked(), say.parse('', ''), say.bind('', ''), say.execute(), say.sync())).toEqual(['1', '2', 'I', 'Z:I'])
})

test('every statement of a text, and what a name stands for, is asked about by itself', () => {
  const shown: (string | undefined)[] = []
  const plain = veil()
  const p = masked({ rows: (bytes, statement) => (shown.push(statement?.text), plain.rows(bytes, statement)) })
  ask(p, say.query('select 1; insert; select 2'), say.query('prepare a as select 1'), say.query('begin; declare c cursor for select 2'))
  ask(p, say.query('execute a; fetch c'), say.bind('', 'a'), say.execute(), say.sync(), say.execute('c'), say.sync())
  expect(shown).toEqual(['select 1', 'select 2', 'execute a', 'fetch c', 'prepare a as select 1', 'declare c cursor for select 2'])
})

/** What the target says to one statement, in its own words. */
function hear(p: Play, ...said: Uint8Array[]) {
  p.client(say.query('wait'))
  return said.flatMap((bytes) => p.dialect.server(bytes))
}

const heard = (steps: ReturnType<typeof hear>) => told(Buffer.concat(steps.flatMap((step) => (step.do === 'client' ? [step.bytes] : []))))
const described = frame('T', `\0\x01a\0${'\0'.repeat(18)}`)
const complete = frame('C', 'SELECT 1\0')

test('rows that come undescribed end the session before one of them is shown', () => {
  const row = frame('D', '\0\x01\0\0\0\x01a')
  for (const said of [[row], [described, row, complete, row]]) {
    const steps = hear(masked(), ...said)
    expect([heard(steps).at(-1), steps.at(-1)]).toMatchObject(['E:XX000', { do: 'end', reason: { code: 'internal' } }])
  }
})

test('a row that is too large to be masked fails its statement, and the session where it could not be stopped', () => {
  const huge = joined(frame('D', '\0\x01', 17 * 1024 * 1024), new Uint8Array(17 * 1024 * 1024 - 6))
  const failed = hear(
    masked(),
    described,
    huge.subarray(0, 1000),
    huge.subarray(1000),
    frame('E', 'SERROR\0VERROR\0C57014\0Mcanceling\0\0'),
    frame('Z', 'I'),
  )
  expect(heard(failed)).toEqual(['T', 'E:54000', 'Z:I'])
  expect(failed.filter((step) => step.do === 'cancel' || step.do === 'done')).toMatchObject([
    { do: 'cancel' },
    { outcome: { status: 'failed', code: '54000' } },
  ])
  const crowded = hear(masked({}, { memory: createMemoryBudget(1 << 20) }), described, frame('D', '\0\x01', 600 * 1024))
  expect(crowded.filter((step) => step.do === 'cancel')).toHaveLength(1)
  const over = hear(masked(), described, huge, complete)
  expect([heard(over), over.at(-1)]).toMatchObject([['T', 'E:54000'], { do: 'end', reason: { code: 'too_large' } }])
})

test('a row that came in parts is gathered out of the budget, and given back', () => {
  const memory = createMemoryBudget(1 << 20)
  const p = masked({}, { memory })
  const row = joined(frame('D', '\0\x01\0\x01\x86\xa0', 100_010), new Uint8Array(100_000))
  hear(p, described, row.subarray(0, 70_000))
  expect(memory.used()).toBeGreaterThan(200_000)
  const steps = p.dialect.server(row.subarray(70_000))
  expect([rows(Buffer.concat(steps.flatMap((s) => (s.do === 'client' ? [s.bytes] : [])))), memory.used()]).toEqual([['***'], 0])
  p.dialect.server(row.subarray(0, 70_000))
  p.dialect.release()
  expect(memory.used()).toBe(0)
})

test('what the target says of values is scrubbed, what it says of the text is not', () => {
  const error = (letters: string) => frame('E', `SERROR\0VERROR\0C22P02\0M"a@b"\0${letters}\0`)
  const report = (bytes: Uint8Array, hides = true) => {
    const [step] = hear(masked({ hides: () => hides }), bytes)
    return step?.do === 'client' ? fields(step.bytes.subarray(5)) : {}
  }
  expect(report(error('Da@b\0Wa@b\0'))).toEqual({
    S: 'ERROR',
    V: 'ERROR',
    C: '22P02',
    M: expect.stringMatching(/^a value does not fit its type.*withheld/),
  })
  expect(report(error('P3\0'))).toMatchObject({ M: '"a@b"', P: '3' })
  expect(report(error('P3\0qselect email\0p2\0'))).not.toHaveProperty('P')
  expect(report(error('Da@b\0'), false)).toMatchObject({ M: '"a@b"', D: 'a@b' })
  expect(report(frame('N', 'SNOTICE\0VNOTICE\0C00000\0Ma@b\0\0'))).toEqual({})
  expect(report(frame('N', 'SNOTICE\0VNOTICE\0C00000\0Ma@b\0\0'), false)).toMatchObject({ M: 'a@b' })
})

test('settings that a statement over masked columns made the target report stay ours', () => {
  expect(ask(masked({ hides: () => true }), say.query('set x to y'))).toEqual(['C:SET', 'Z:I'])
  expect(ask(masked(), say.query('set x to y'))).toEqual(['S', 'C:SET', 'Z:I'])
})

test('notifications tell a caller from whom anything is masked their channel and nothing else', () => {
  const told = frame('A', '\0\0\0\x07news\0a@b\0')
  const heard = (p: Play) => {
    ask(p, say.query('listen news'))
    return p.dialect.server(told)
  }
  expect(heard(masked())).toEqual([{ do: 'client', bytes: frame('A', '\0\0\0\0news\0\0') }])
  expect(heard(play())).toEqual([{ do: 'client', bytes: told }])
})

test('COPY out of masked columns is refused, and recorded as failed', () => {
  const p = masked({ clean: () => false })
  expect(ask(p, say.query('copy t to stdout'))).toEqual(['E:42501', 'Z:I'])
  expect([...p.seen.outcomes.values()]).toEqual([{ status: 'failed', code: '42501' }])
  expect(p.target.ran).toEqual([])
  expect(ask(p, say.parse('', 'copy t to stdout'), say.bind('', ''), say.execute(), say.sync())).toEqual(['E:42501', 'Z:I'])
})

test('columns that contradict what was read are told with the outcome', () => {
  const plain = veil()
  const p = masked({ rows: (bytes, shown) => ({ ...plain.rows(bytes, shown), contradicted: ['public.t.a'] }) })
  ask(p, say.query('select 1'))
  expect(p.seen.outcomes.get(2)?.alert).toMatch(/public\.t\.a$/)
})
