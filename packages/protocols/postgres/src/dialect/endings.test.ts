import { expect, test } from 'vitest'
import type { Hold } from '@sallyport/core'
import { fields, frame, joined, messages, say, told } from '../../test/play/words.js'
import { permit, play } from '../../test/play/play.js'

const lock = { code: 'locked', message: 'billing-agent is locked' } as const

test('Terminate goes on to the target and ends the session', () => {
  const p = play()
  p.client(joined(say.end(), say.query('select 1')))
  expect([messages(p.seen.server).map(({ type }) => type), p.seen.ended?.code, told(p.seen.client)]).toEqual([['X'], 'client_closed', []])
})

test('a client that says goodbye while its statement runs lets it finish', () => {
  const p = play()
  p.client(joined(say.query('insert'), say.end(), say.query('select 1')))
  expect([p.seen.ended, messages(p.seen.server).map(({ type }) => type)]).toEqual([undefined, ['Q', 'X']])
  p.settle()
  p.reply(p.dialect.ended('server'))
  expect([[...p.seen.outcomes.values()][0]?.status, p.seen.ended?.code]).toEqual(['ok', 'client_closed'])
})

test('a client that vanishes takes its running statement with it, and how that ended is heard', () => {
  const p = play()
  p.client(say.query('insert'))
  p.reply(p.dialect.ended('client'))
  expect([p.seen.cancels, p.seen.ended]).toEqual([1, undefined])
  p.reply(p.dialect.server(joined(frame('E', 'SERROR\0VERROR\0C57014\0Mcancelled\0\0'), frame('Z', 'I'))))
  expect([[...p.seen.outcomes.values()][0]?.status, p.seen.ended?.code, told(p.seen.client)]).toEqual(['cancelled', 'client_closed', []])
})

test('what a vanished client sent to run next does not run', () => {
  const p = play()
  p.client(joined(say.query('set x to y'), say.query('insert')))
  p.reply(p.dialect.ended('client'))
  p.settle()
  expect([[...p.seen.outcomes.values()].map(({ status }) => status), p.seen.ended?.code]).toEqual([['ok'], 'client_closed'])
  expect(messages(p.seen.server).map(({ type }) => type)).toEqual(['Q'])
})

test('a permit that comes after its client vanished is handed back unused', () => {
  const p = play({ open: true })
  p.client(say.query('insert'))
  p.reply(p.dialect.permitted(2, permit))
  p.client(say.query('select 1'))
  p.reply(p.dialect.ended('client'))
  p.reply(p.dialect.permitted(4, permit))
  expect(p.seen.outcomes.get(4)).toEqual({ status: 'cancelled' })
  p.settle()
  expect([p.seen.ended?.code, messages(p.seen.server)]).toEqual(['client_closed', [expect.objectContaining({ type: 'Q' })]])
})

test('a client that vanishes while it copies in has its data thrown away', () => {
  const p = play()
  p.client(say.query('copy t from stdin'))
  p.settle()
  p.client(say.copyData('1\n'))
  p.reply(p.dialect.ended('client'))
  expect(messages(p.seen.server).map(({ type }) => type)).toEqual(['Q', 'd', 'f'])
  p.settle()
  expect([[...p.seen.outcomes.values()][0]?.status, p.seen.ended?.code]).toEqual(['cancelled', 'client_closed'])
})

test('how it ended is not known when the target vanishes too', () => {
  const p = play()
  p.client(say.query('insert'))
  p.reply(p.dialect.ended('client'))
  p.reply(p.dialect.ended('server'))
  expect([[...p.seen.outcomes.values()], p.seen.ended?.code]).toEqual([[{ status: 'unknown', bytes: 0 }], 'client_closed'])
})

test('a client that vanishes when nothing runs ends the session at once', () => {
  const p = play()
  p.reply(p.dialect.ended('client'))
  expect([p.seen.cancels, p.seen.ended?.code]).toEqual([0, 'client_closed'])
})

test('a client that says goodbye and goes lets its statement finish', () => {
  const p = play()
  p.client(joined(say.query('insert'), say.end()))
  p.reply(p.dialect.ended('client'))
  expect([p.seen.cancels, p.seen.ended]).toEqual([0, undefined])
  p.settle()
  expect([[...p.seen.outcomes.values()][0]?.status, p.seen.ended?.code]).toEqual(['ok', 'client_closed'])
})

test('a statement that is cancelled while it is judged is never forwarded, and the next one is', () => {
  const p = play({ open: true })
  p.client(say.query('insert'))
  p.dialect.withdraw()
  p.reply(p.dialect.permitted(2, permit))
  p.settle()
  expect([told(p.seen.client), p.seen.outcomes.get(2), p.target.ran]).toEqual([
    ['E:57014', 'Z:I'],
    { status: 'cancelled', code: '57014' },
    [],
  ])
  p.client(say.query('select 1'))
  p.reply(p.dialect.permitted(4, permit))
  p.settle()
  expect(p.target.ran).toEqual(['select 1'])
})

test('a cancel when nothing is asked withdraws nothing', () => {
  const p = play()
  p.dialect.withdraw()
  p.client(say.query('select 1'))
  p.settle()
  expect(p.target.ran).toEqual(['select 1'])
})

test('a target that vanishes is told to the client', () => {
  const p = play()
  p.client(say.query('insert'))
  p.reply(p.dialect.ended('server'))
  expect([told(p.seen.client), p.seen.ended?.code]).toEqual([['E:08006'], 'target_closed'])
})

test('a target that said why it goes is not spoken over', () => {
  const p = play()
  p.reply(p.dialect.server(frame('E', 'SFATAL\0VFATAL\0C57P01\0Mgoing\0\0')))
  p.reply(p.dialect.ended('server'))
  expect([told(p.seen.client), p.seen.ended?.code]).toEqual([['E:57P01'], 'target_closed'])
})

test('nothing is asked any more in the turn that ends the session', () => {
  const p = play()
  p.client(joined(say.query('set x to y'), say.query('insert')))
  const steps = p.dialect.server(joined(frame('C', 'SET\0'), frame('Z', 'I'), frame('C', 'SELECT 1\0')))
  expect(steps.map((step) => step.do)).toEqual(['done', 'client', 'client', 'end'])
})

test('a cut cancels what runs and says why', () => {
  const p = play()
  p.client(say.query('insert'))
  p.reply(p.dialect.cut(lock))
  expect([p.seen.cancels, told(p.seen.client), p.seen.ended]).toEqual([1, ['E:57P01'], lock])
  expect(fields(messages(p.seen.client)[0]!.body)).toMatchObject({ S: 'FATAL', M: lock.message })
  expect([p.dialect.client(say.query('select 1')), p.dialect.server(frame('Z', 'I')), p.dialect.cut(lock)]).toEqual([[], [], []])
})

test('a cut in the middle of a row says nothing, for it would be taken for the row', () => {
  const p = play()
  p.client(say.query('select 1'))
  p.deliver(34)
  const before = p.seen.client.length
  p.reply(p.dialect.cut(lock))
  expect([p.seen.client.length - before, p.seen.ended]).toEqual([0, lock])
})

test('a hold is told to the client, after the message that is half out', () => {
  const hold: Hold = {
    kind: 'hold',
    rules: [{ policy: 'p', rule: 'r' }],
    shadow: [],
    policies: '',
    obligations: [],
    approvers: [{ groups: ['dba'], principals: [], count: 1 }],
    wait: 1,
    ttl: 1,
    mode: 'wait',
    inTransaction: 'retry',
    reasonRequired: false,
  }
  const p = play({ open: true })
  p.client(say.query('select 1'))
  p.reply(
    p.dialect.permitted(2, {
      kind: 'permit',
      allow: { ...hold, kind: 'allow', record: 'strict' },
      onLapse: () => undefined,
      done: () => undefined,
    }),
  )
  p.deliver(34)
  p.client(say.query('insert'))
  p.reply(p.dialect.held(4, hold, { id: 'apr_1', url: 'https://sallyport.test/approvals/apr_1' }))
  expect(told(p.seen.client)).not.toContain('N:00000')
  p.settle()
  expect(told(p.seen.client)).toEqual(['T', 'D', 'C:SELECT 1', 'Z:I', 'N:00000'])
})

test('an answer to a question that was not asked is an error of the relay', () => {
  const p = play()
  expect(() => p.dialect.answered(1, { classifications: [] })).toThrow('nothing was asked')
})
