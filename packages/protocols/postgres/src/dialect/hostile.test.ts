import { createMemoryBudget } from '@sallyport/gate'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fields, frame, joined, messages, say, told } from '../../test/play/words.js'
import { parameters, play, refusal } from '../../test/play/play.js'

const violation = { code: 'protocol_violation' }

test.each([
  ['length 0', frame('Q', '', 0)],
  ['length 3', frame('Q', '', 3)],
  ['length 2^31', frame('Q', '', 2 ** 31)],
  ['length -1', frame('Q', '', -1)],
  ['length of a gigabyte', frame('Q', '', 2 ** 30)],
  ['a Sync with a body', frame('S', 'x')],
  ['an Execute of a megabyte', frame('E', '', 2 ** 20)],
  ['an unknown type', frame('z')],
  ['a password after the login', frame('p', 'secret\0')],
  ['a type that only servers use', frame('T')],
])('a frame that cannot be ends the session with 08P01: %s', (_what, bytes) => {
  const p = play()
  p.client(bytes)
  expect(told(p.seen.client)).toEqual(['E:08P01'])
  expect(fields(messages(p.seen.client)[0]!.body)['S']).toBe('FATAL')
  expect([p.seen.ended, p.seen.server.length]).toEqual([expect.objectContaining(violation), 0])
})

test.each([
  ['bytes after the end of a query', frame('Q', 'select 1\0drop t\0'), '08P01'],
  ['a query without an end', frame('Q', 'select 1'), '08P01'],
  ['a query that is not UTF-8', frame('Q', "select '\xff'\0"), '22021'],
  ['an overlong encoding', frame('Q', 'select \xc0\xa7\0'), '22021'],
  ['a surrogate', frame('Q', '\xed\xa0\x80\0'), '22021'],
  ['bytes after a Parse', joined(frame('P', '\0select 1\0\0\0x'), say.sync()), '08P01'],
  ['a Parse that promises more types', joined(frame('P', '\0select 1\0\0\x02\0\0\0\x17'), say.sync()), '08P01'],
  ['a Bind with a negative length', joined(frame('B', '\0\0\0\0\0\x01\xff\xff\xff\xfe\0\0'), say.sync()), '08P01'],
  ['a Bind with an unknown format', joined(frame('B', '\0\0\0\x01\0\x02\0\0\0\0'), say.sync()), '08P01'],
  ['a Bind with formats that fit nothing', joined(frame('B', '\0\0\0\x02\0\0\0\0\0\0\0\0'), say.sync()), '08P01'],
  ['a Describe of neither', joined(frame('D', 'X\0'), say.sync()), '08P01'],
])('a broken message in a whole frame is refused, and the session goes on: %s', (_what, bytes, code) => {
  const p = play()
  p.client(joined(bytes, say.query('select 0')))
  p.settle()
  expect(told(p.seen.client)).toEqual([`E:${code}`, 'Z:I', 'T', 'C:SELECT 0', 'Z:I'])
  expect(p.seen.units[0]?.actions.map(({ effects }) => effects)).toEqual([['protocol_violation']])
  expect(p.target.ran).toEqual(['select 0'])
})

test('what does not fit the memory of the agent is refused by its header, and what was taken is given back', () => {
  const memory = createMemoryBudget(1000)
  const others = 900
  memory.take(others)
  const p = play({ memory })
  p.client(say.query(`select ${'1+'.repeat(100)}1`))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:54000', 'Z:I'])
  expect(memory.used()).toBe(others)
  p.client(joined(say.parse('', 'select 1'), say.bind('', ''), frame('B', `\0\0${'x'.repeat(500)}`), say.execute(''), say.sync()))
  p.settle()
  expect(told(p.seen.client).slice(2)).toEqual(['E:54000', 'Z:I'])
  expect(memory.used()).toBe(others)
  p.client(say.query('select 0'))
  p.settle()
  expect(p.target.ran).toEqual(['select 0'])
  expect(memory.used()).toBe(others)
})

test('a session that ends in the middle of a unit gives its memory back', () => {
  const memory = createMemoryBudget(1 << 20)
  const p = play({ memory })
  p.client(say.parse('', 'select 1'))
  expect(memory.used()).toBeGreaterThan(0)
  p.dialect.release()
  expect(memory.used()).toBe(0)
})

test('a byte order mark is part of the statement', () => {
  const p = play()
  p.client(say.query('\ufeffselect 1'))
  expect(p.seen.queries[0]?.texts).toEqual(['\ufeffselect 1'])
})

test('a function call is judged, so that the trail tells of it, and never forwarded', () => {
  const p = play()
  p.client(joined(frame('F', '\0\0\0\x2a\0\0\0\0\0\0'), say.query('select 0')))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:42501', 'Z:I', 'T', 'C:SELECT 0', 'Z:I'])
  expect(p.seen.units[0]?.actions[0]?.effects).toEqual(['execute_unknown'])
  expect(messages(p.seen.server).map(({ type }) => type)).toEqual(['Q', 'Q'])
})

const small = { statement: 100, bind: 200, unitBytes: 1000, unitMessages: 10 }

test.each([
  ['a query', joined(say.query(`select ${' '.repeat(100)}`)), 'Z:I'],
  ['a parsed statement', joined(say.parse('', ' '.repeat(300_000)), say.execute(), say.sync()), 'Z:I'],
  ['parameters', joined(say.parse('', 'select 1'), say.bind('', '', ['x'.repeat(300)]), say.execute(), say.sync()), 'Z:I'],
  ['a unit, by messages', joined(...Array.from({ length: 3 }, () => say.run('select 1')), say.sync()), 'Z:I'],
  [
    'a unit, by bytes',
    joined(
      ...Array.from({ length: 4 }, () =>
        say.parse(
          '',
          'x'.repeat(90),
          Array.from({ length: 50 }, () => 1),
        ),
      ),
      say.sync(),
    ),
    'Z:I',
  ],
])('what is too large is refused without being kept, and the session goes on: %s', (_what, bytes, ready) => {
  const p = play({ limits: small })
  p.client(joined(bytes, say.query('select 0')))
  p.settle()
  expect(told(p.seen.client)).toEqual(['E:54000', ready, 'T', 'C:SELECT 0', 'Z:I'])
  expect(p.seen.units[0]?.actions[0]?.effects).toEqual(['oversize'])
})

test('a statement that is one byte too large is refused, one that just fits is not', () => {
  for (const [size, answer] of [
    [100, 'T'],
    [101, 'E:54000'],
  ] as const) {
    const p = play({ limits: small })
    p.client(say.query('select 0'.padEnd(size)))
    p.settle()
    expect(told(p.seen.client)[0]).toBe(answer)
  }
})

test('what is sent ahead is held off while an earlier statement must end, and never without bounds', () => {
  const p = play({ limits: { unitBytes: 1024 * 1024 } })
  const later = say.query('select 1'.padEnd(100_000))
  p.client(joined(say.query('set x to y'), later, later, later, later))
  expect(p.dialect.full?.()).toBe(true)
  p.settle()
  expect([p.dialect.full?.(), told(p.seen.client).filter((t) => t === 'Z:I').length]).toEqual([false, 5])
  p.client(say.query('set x to y'))
  for (let i = 0; i < 22; i++) p.client(later)
  expect([p.seen.ended?.code, told(p.seen.client).at(-1)]).toEqual(['too_large', 'E:54000'])
})

test('a large message that is still coming in does not hold off its own rest', () => {
  const p = play()
  const large = joined(say.parse('', 'insert'), say.bind('', '', ['x'.repeat(3_000_000)]), say.execute(), say.sync())
  for (let at = 0; at < large.length; at += 65536) {
    p.client(large.subarray(at, at + 65536))
    expect(p.dialect.full?.()).toBe(false)
  }
  p.settle()
  expect(told(p.seen.client).at(-1)).toBe('Z:I')
})

test('garbage is never forwarded: it waits for more, is refused, or ends the session with 08P01', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), (garbage, plausible) => {
      const p = play({ judge: () => refusal })
      p.client(plausible ? joined(frame('PBDECQF'[garbage[0]! % 7] ?? 'Q', garbage), say.sync()) : garbage)
      p.settle()
      expect(p.target.ran).toEqual([])
      const last = told(p.seen.client).at(-1)
      const fitting = { protocol_violation: 'E:08P01', too_large: 'E:54000', client_closed: last } as Record<string, string | undefined>
      expect(p.seen.ended ? last : undefined).toBe(p.seen.ended && fitting[p.seen.ended.code])
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['an answer that nothing asked for', frame('C', 'SELECT 1\0'), 'internal'],
  ['rows that nothing asked for', frame('D', '\0\0'), 'internal'],
  ['a request for COPY data that nothing asked for', frame('G', '\0\0\0'), 'internal'],
  ['a replication stream', frame('W', '\0\0\0'), 'internal'],
  ['an authentication request', frame('R', '\0\0\0\x03'), 'internal'],
  ['an impossible length', frame('D', '', 0), 'internal'],
  ['an error that nothing asked for', frame('E', 'SERROR\0C42601\0Mx\0\0'), 'internal'],
])('a target that breaks the protocol ends the session: %s', (_what, bytes, code) => {
  const p = play()
  p.reply(p.dialect.server(bytes))
  expect([p.seen.ended?.code, told(p.seen.client)]).toEqual([code, ['E:XX000']])
})

test('a target that would run what it was sent in place of a refused statement ends the session', () => {
  for (const answer of [frame('C', 'SELECT 1\0'), frame('T', '\0\0'), frame('D', '\0\0'), frame('Z', 'I'), frame('1')]) {
    for (const unit of [say.query('drop t'), joined(say.run('drop t'), say.sync())]) {
      const p = play({ judge: () => refusal })
      p.client(unit)
      p.reply(p.dialect.server(answer))
      expect(p.seen.ended?.code).toBe('internal')
    }
  }
})

test('data for a COPY that was not judged to be one ends the session', () => {
  for (const type of ['G', 'H']) {
    const p = play()
    p.client(say.query('select 1'))
    p.reply(p.dialect.server(frame(type, '\0\0\0')))
    expect([p.seen.ended?.code, p.seen.cancels]).toEqual(['internal', 1])
    expect([...p.seen.outcomes.values()][0]?.status).toBe('unknown')
  }
})

test.each([
  ['client_encoding', 'SJIS'],
  ['standard_conforming_strings', 'off'],
  ['default_transaction_read_only', 'off'],
  ['is_superuser', 'on'],
])('the session is over when the target reports %s=%s', (name, value) => {
  const p = play({ parameters: { ...parameters, default_transaction_read_only: 'on', is_superuser: 'off' } })
  p.client(say.query('select 1'))
  p.reply(p.dialect.server(joined(frame('S', `${name}\0${value}\0`), frame('C', 'SELECT 1\0'))))
  expect([p.seen.ended?.code, told(p.seen.client)]).toEqual(['internal', ['E:XX000']])
})

test('other reports go on to the client, but not what we made of application_name', () => {
  const p = play()
  p.reply(
    p.dialect.server(
      joined(frame('S', 'TimeZone\0UTC\0'), frame('S', 'application_name\0sallyport:ses_1\0'), frame('S', 'client_encoding\0UTF8\0')),
    ),
  )
  expect(messages(p.seen.client).map(({ body }) => body.toString())).toEqual(['TimeZone\0UTC\0', 'client_encoding\0UTF8\0'])
})
