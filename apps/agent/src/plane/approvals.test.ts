import { CallError, readHold } from '@sallyport/contract'
import type { Calls, Question, Result } from '@sallyport/contract'
import type { Grant, HoldRequest } from '@sallyport/core'
import { expect, it } from 'vitest'
import { createApprovals } from './approvals.js'

const hash = 'a'.repeat(64)
const principal = { provider: 'test', subject: 'ana', name: 'ana', kind: 'human', groups: [], primary: true } as const
const request: HoldRequest = {
  digest: hash,
  hold: {
    kind: 'hold',
    rules: [{ policy: 'p', rule: 'r' }],
    shadow: [],
    obligations: [],
    approvers: [{ groups: ['dba'], principals: [], count: 1 }],
    policies: hash,
    wait: 1,
    ttl: 900_000,
    mode: 'wait',
    inTransaction: 'retry',
    reasonRequired: false,
  },
  statement: 'stm_1',
  session: { id: 'ses_1', protocol: 'line', client: { address: '::1' } },
  identity: { principal, chain: [], token: { id: 't', issuer: 'i', audience: [], issuedAt: 0, expiresAt: 1 }, claims: {} },
  resource: { id: 'res_1', name: 'shop', protocol: 'line', labels: {} },
  actions: [],
  texts: [{ text: 'write x' }],
  params: [],
  context: {},
  waiting: true,
}
const grant: Grant = { id: 'gra_1', approval: 'apr_1', digest: hash, policies: hash, uses: 1, expiresAt: 1e15 }
const filed: Result = { $case: 'fileHoldDone', value: { approvalId: 'apr_1', url: 'https://sallyport.test/approvals/apr_1' } }
const done: Result = { $case: 'done', value: {} }

/** A control plane that answers as the test says, in order, the last answer for ever. */
function answering(...answers: (Result | CallError | 'away' | 'silent')[]) {
  const asked: Question[] = []
  const warned: string[] = []
  let open = 0
  let most = 0
  const calls: Calls = {
    receive: () => {},
    close: () => {},
    ask: async (question) => {
      asked.push(question)
      most = Math.max(most, ++open)
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!
      await new Promise((resolve) => setTimeout(resolve, answer === 'silent' ? question.timeout : 1))
      open -= 1
      if (answer === 'silent' || answer === 'away') throw new CallError('unavailable', 'no answer in time')
      if (answer instanceof CallError) throw answer
      return answer
    },
  }
  const approvals = createApprovals({
    calls: () => (answers[0] === 'away' ? (answers.length > 1 && answers.shift(), undefined) : calls),
    log: { warn: (_, message) => void warned.push(message) },
    patience: { attempt: 20, pause: 2, file: 100, use: 100, withdraw: 100 },
  })
  return { approvals, asked, warned, most: () => most }
}

it('files what is held, whole, and hands on who decides where', async () => {
  const { approvals, asked } = answering(filed)
  expect(await approvals.file(request)).toEqual({ id: 'apr_1', url: 'https://sallyport.test/approvals/apr_1' })
  const { kind } = asked[0]!
  expect(kind.$case === 'fileHold' && readHold(kind.value.request)).toMatchObject({ digest: hash, texts: [{ text: 'write x' }] })
})

it('asks again with the same key when no answer comes, and files twice under two keys', async () => {
  const { approvals, asked } = answering('silent', new CallError('too_many', 'later'), filed)
  await approvals.file(request)
  await approvals.file(request)
  const keys = asked.map(({ key }) => key)
  expect([new Set(keys.slice(0, 3)).size, new Set(keys).size]).toEqual([1, 2])
})

it('a use that nobody confirms is none', async () => {
  for (const answer of ['silent', 'away'] as const)
    await expect(answering(answer).approvals.use(grant, 'stm_1')).rejects.toMatchObject({ code: 'unavailable' })
})

it('a use is asked for under one key, however often, and refused as it was refused', async () => {
  const { approvals, asked } = answering('silent', done)
  await approvals.use(grant, 'stm_1')
  expect(asked.map(({ key }) => key)).toEqual(['use/gra_1/stm_1', 'use/gra_1/stm_1'])
  const refusing = answering(new CallError('conflict', 'its approval is used'))
  await expect(refusing.approvals.use(grant, 'stm_2')).rejects.toMatchObject({ code: 'conflict', message: 'its approval is used' })
  expect(refusing.asked).toHaveLength(1)
})

it('a withdrawal is said until it is heard', async () => {
  const { approvals, asked } = answering('away', 'away', 'silent', done)
  approvals.withdraw('apr_1', 'the client left', 'stm_1')
  await expect.poll(() => asked.length).toBe(2)
  expect(asked[1]!.kind).toEqual({
    $case: 'withdrawHold',
    value: { approvalId: 'apr_1', statementId: 'stm_1', why: 'the client left' },
  })
})

it('a withdrawal of what the control plane does not know is told in the log, and over', async () => {
  const { approvals, asked, warned } = answering(new CallError('not_found', 'no such request'))
  approvals.withdraw('apr_1', 'the client left', 'stm_1')
  await expect.poll(() => warned).toEqual(['a request could not be withdrawn'])
  expect(asked).toHaveLength(1)
})

it('an end is told to who listens, and to who comes to listen a moment late', async () => {
  const { approvals } = answering(done)
  const ended = { approval: 'apr_1', state: 'denied', message: 'no' } as const
  const heard: string[] = []
  const stop = approvals.onUnapproved(({ approval }) => heard.push(`first ${approval}`))
  approvals.ended(ended)
  approvals.onUnapproved(({ approval }) => heard.push(`late ${approval}`))
  await Promise.resolve()
  stop()
  approvals.ended({ ...ended, approval: 'apr_2' })
  expect(heard).toEqual(['first apr_1', 'late apr_1', 'late apr_2'])
})

it('asks many things at once, but not more than the stream takes', async () => {
  const { approvals, most, asked } = answering(filed)
  await Promise.all(Array.from({ length: 500 }, () => approvals.file(request)))
  expect(asked).toHaveLength(500)
  expect(most()).toBeLessThanOrEqual(32)
})

it('nothing waits for an answer once the agent ends', async () => {
  const { approvals } = answering('away')
  const waiting = approvals.use(grant, 'stm_1')
  approvals.close()
  await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
})
