import type { Outcome, Refusal, Unit } from '@sallyport/core'
import type { GatedSession, Permit, Presenter } from '@sallyport/gate'
import { identityOf } from '@sallyport/testkit'
import { expect, test, vi } from 'vitest'
import { trackRunning } from './running.js'

const unit: Unit = { actions: [], exact: [], context: {} }
const ok: Outcome = { status: 'ok' }

function world(judge: GatedSession['judge']) {
  const close = vi.fn(() => Promise.resolve())
  const session: GatedSession = {
    id: 'ses_1',
    identity: identityOf('me'),
    resource: { id: 'res_1', name: 'shop', protocol: 'postgres', labels: {}, target: {}, secrets: {} },
    signal: new AbortController().signal,
    dial: () => Promise.reject(new Error('nobody there')),
    dialToCancel: () => Promise.reject(new Error('nobody there')),
    judge,
    wants: () => false,
    close,
  }
  const ended = vi.fn<(unit: Unit) => void>()
  const closing = vi.fn(() => Promise.resolve())
  const cancelling = vi.fn<() => Promise<void> | undefined>()
  return { close, ended, closing, cancelling, running: trackRunning(session, { ended, cancelling, closing }) }
}

function permitted(done: (outcome: Outcome) => void = () => undefined): Permit {
  const allow = { kind: 'allow', rules: [], shadow: [], obligations: [], record: 'buffered' } as const
  return { kind: 'permit', allow, onLapse: () => undefined, done }
}

const refused: Refusal = { kind: 'deny', code: 'denied', message: 'no', advice: '', rules: [], shadow: [] }

test('a session is busy from its first permit to the end of its last', () => {
  const done = vi.fn<(outcome: Outcome) => void>()
  const { running, ended } = world(() => permitted(done))
  const [a, b] = [running.session.judge(unit), running.session.judge(unit)] as [Permit, Permit]
  expect(running.busy()).toBe(true)
  a.done(ok)
  a.done(ok)
  expect(running.busy()).toBe(true)
  b.done(ok)
  expect(running.busy()).toBe(false)
  expect(done).toHaveBeenCalledTimes(3)
  expect(ended).toHaveBeenCalledTimes(2)
})

test('a refusal makes nobody busy', async () => {
  expect(world(() => refused).running.session.judge(unit)).toBe(refused)
  const { running } = world(() => Promise.resolve(refused))
  expect(await running.session.judge(unit)).toBe(refused)
  expect(running.busy()).toBe(false)
})

test('a cancel withdraws the question that waits, and only that', async () => {
  const asked: Presenter[] = []
  let answer: (refusal: Refusal) => void = () => undefined
  const { running } = world((_unit, presenter) => {
    asked.push(presenter!)
    return new Promise((resolve) => (answer = resolve))
  })
  const { signal } = new AbortController()
  const presenter = { signal: () => signal, held: () => undefined }
  const verdict = running.session.judge(unit, presenter)
  expect(asked[0]!.signal().aborted).toBe(false)
  running.withdraw()
  expect(asked[0]!.signal().aborted).toBe(true)
  answer(refused)
  await verdict
  const later = running.session.judge(unit, presenter)
  expect(asked[1]!.signal().aborted).toBe(false)
  answer(refused)
  await later
})

test('a question withdrawn before anybody looked, or whose client left, shows it', () => {
  const left = new AbortController()
  const asked: Presenter[] = []
  const { running } = world((_unit, presenter) => {
    asked.push(presenter!)
    return new Promise(() => undefined)
  })
  void running.session.judge(unit, { signal: () => left.signal, held: () => undefined })
  running.withdraw()
  expect(asked[0]!.signal().aborted).toBe(true)
  void running.session.judge(unit, { signal: () => left.signal, held: () => undefined })
  const signal = asked[1]!.signal()
  left.abort()
  expect(signal.aborted).toBe(true)
})

test('nothing is permitted while a cancel is on its way to the target', async () => {
  let arrived = () => {}
  const judged = vi.fn(() => permitted())
  const { running, cancelling } = world(judged)
  cancelling.mockReturnValue(new Promise((resolve) => (arrived = resolve)))
  const verdict = running.session.judge(unit)
  await Promise.resolve()
  expect([judged.mock.calls, running.busy()]).toEqual([[], false])
  arrived()
  expect(await verdict).toMatchObject({ kind: 'permit' })
  expect(running.busy()).toBe(true)
})

test('the session closes after the last cancel had its chance', async () => {
  const { running, close, closing } = world(() => refused)
  let over = () => {}
  closing.mockReturnValue(new Promise((resolve) => (over = resolve)))
  const closed = running.session.close({ code: 'client_closed', message: '' })
  expect(close).not.toHaveBeenCalled()
  over()
  await closed
  expect(close).toHaveBeenCalledOnce()
})
