import type { Hold } from '@sallyport/core'
import { expect, test } from 'vitest'
import { meaning } from '../../test/play/meaning.js'
import { permit, play } from '../../test/play/play.js'
import { fields, joined, messages, say, told } from '../../test/play/words.js'

const hold: Hold = {
  kind: 'hold',
  rules: [{ policy: 'agents', rule: 'change' }],
  shadow: [],
  policies: '',
  obligations: [],
  approvers: [{ groups: ['dba'], principals: [], count: 1 }],
  wait: 1,
  ttl: 1,
  mode: 'wait',
  inTransaction: 'retry',
  reasonRequired: false,
  message: 'changes of orders are looked at',
}
const filed = { id: 'apr_1', url: 'https://sallyport.test/approvals/apr_1' }

/** Held, and nothing of it at the target. */
function held(options: Parameters<typeof play>[0] = {}, bytes = say.query('insert')) {
  const p = play({ open: true, ...options })
  p.client(bytes)
  p.reply(p.dialect.held(2, hold, filed))
  expect(messages(p.seen.server)).toEqual([])
  return p
}

test('the client is told by whom, why and where it is decided, and how to give up', () => {
  const p = held()
  expect(fields(messages(p.seen.client)[0]!.body)).toMatchObject({
    S: 'NOTICE',
    M: expect.stringMatching(/policy agents, rule change: waiting for approval apr_1 by .*dba/) as string,
    D: 'changes of orders are looked at; approval apr_1: https://sallyport.test/approvals/apr_1',
    H: 'cancel the statement to withdraw it',
  })
  expect(told(held({ notices: false }).seen.client)).toEqual([])
})

test('what people released is read again, with a fresh look, and goes on as the very bytes', () => {
  const bytes = joined(say.run('insert'), say.sync())
  const p = held({ means: () => ['public.t 1'] }, bytes)
  p.reply(p.dialect.permitted(2, permit))
  expect(p.seen.queries.map(({ fresh }) => fresh)).toEqual([undefined, true])
  expect(Buffer.from(p.seen.server)).toEqual(Buffer.from(bytes))
  p.settle()
  expect(p.seen.outcomes.get(2)?.status).toBe('ok')
})

test('what nobody held is not read twice', () => {
  const p = play({ open: true })
  p.client(say.query('insert'))
  p.reply(p.dialect.permitted(2, permit))
  expect(p.seen.queries).toHaveLength(1)
})

test('where names stand for something else by then, or it does something else, nothing goes on', () => {
  let oid = 1
  const p = held({ means: () => [`public.t ${oid}`] })
  oid++
  p.reply(p.dialect.permitted(2, permit))
  p.settle()
  expect([told(p.seen.client), p.target.ran, p.seen.outcomes.get(2)]).toEqual([
    ['N:00000', 'E:42501', 'Z:I'],
    [],
    { status: 'failed', code: '42501' },
  ])
  const q = held()
  q.dialect.permitted(2, permit)
  const other = meaning('insert')
  const changed = {
    ...other,
    statements: other.statements.map((one) => ({ ...one, action: { ...one.action, functions: ['public.new'] } })),
  }
  q.reply(q.dialect.answered(3, { classifications: [changed] }))
  q.settle()
  expect([told(q.seen.client), q.target.ran]).toEqual([['N:00000', 'E:42501', 'Z:I'], []])
})

test('a cancel or an end while it is read again hands the permit back unused', () => {
  const p = held()
  p.dialect.permitted(2, permit)
  p.dialect.withdraw()
  p.reply(p.dialect.answered(3, { classifications: [meaning('insert')] }))
  p.settle()
  expect([told(p.seen.client), p.target.ran, p.seen.outcomes.get(2)?.status]).toEqual([['N:00000', 'E:57014', 'Z:I'], [], 'cancelled'])
  for (const end of ['cut', 'gone'] as const) {
    const q = held()
    q.dialect.permitted(2, permit)
    q.reply(end === 'cut' ? q.dialect.cut({ code: 'locked', message: '' }) : q.dialect.ended('client'))
    expect([q.seen.outcomes.get(2), messages(q.seen.server)]).toEqual([{ status: 'cancelled' }, []])
  }
})

test('a goodbye is seen in what was handed over with the question, and in what came after it', () => {
  const empty = new Uint8Array()
  const after = held()
  expect([after.dialect.leaves!(empty), after.dialect.leaves!(say.query('select 1')), after.dialect.leaves!(say.end())]).toEqual([
    false,
    false,
    true,
  ])
  expect(held({}, joined(say.query('insert'), say.end())).dialect.leaves!(empty)).toBe(true)
})
