import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CallError, createCalls } from './calls.js'
import type { Calls, CallsOptions, Question } from './calls.js'
import { limits } from './limits.js'

const ping: Question = { kind: { $case: 'ping', value: {} }, key: 'a', timeout: 1_000 }
const done = { $case: 'done', value: {} } as const

/** Two ends that hand each other what they send. */
function pair(answer: CallsOptions['answer'], answered?: CallsOptions['answered']): { readonly asker: Calls; readonly answerer: Calls } {
  const ends: { asker?: Calls; answerer?: Calls } = {}
  const answerer = createCalls({ send: (message) => ends.asker?.receive(message), answer, ...(answered && { answered }) })
  const asker = createCalls({ send: (message) => answerer.receive(message), answer: () => Promise.resolve(done) })
  ends.asker = asker
  return { asker, answerer }
}

describe('a question over the control stream', () => {
  it('is answered', async () => {
    const { asker } = pair(() => Promise.resolve(done))
    expect(await asker.ask(ping)).toEqual(done)
  })

  it('has its effect once for the same key, also over another stream', async () => {
    let effects = 0
    const answer = async () => {
      effects += 1
      await sleep(5)
      return done
    }
    const answered: NonNullable<CallsOptions['answered']> = new Map()
    const first = pair(answer, answered)
    await Promise.all([first.asker.ask(ping), first.asker.ask(ping)])
    await pair(answer, answered).asker.ask(ping)
    expect(effects).toBe(1)
    await first.asker.ask({ ...ping, key: 'b' })
    expect(effects).toBe(2)
  })

  it('is tried again after a refusal, for nothing was done', async () => {
    let tries = 0
    const { asker } = pair(async () => {
      tries += 1
      if (tries === 1) throw new CallError('unavailable', 'not yet')
      return done
    })
    await expect(asker.ask(ping)).rejects.toThrow('not yet')
    expect(await asker.ask(ping)).toEqual(done)
  })

  it('of a kind that the other end does not know is refused as unsupported', async () => {
    const { asker } = pair(() => Promise.resolve(done))
    await expect(asker.ask({ ...ping, kind: undefined as never })).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('without a deadline is refused', async () => {
    const replies: unknown[] = []
    const answerer = createCalls({ send: (message) => replies.push(message), answer: () => Promise.resolve(done) })
    answerer.receive({ call: { id: '1', idempotencyKey: 'a', timeout: 0, kind: ping.kind } })
    await sleep(1)
    expect(replies).toMatchObject([{ reply: { id: '1', result: { $case: 'error', value: { code: 'invalid' } } } }])
  })

  it('rejects when its time is over, and when the stream ends', async () => {
    const { asker } = pair(() => new Promise(() => {}))
    await expect(asker.ask({ ...ping, timeout: 10 })).rejects.toThrow('no answer in time')
    const waiting = asker.ask({ ...ping, key: 'b' })
    asker.close()
    await expect(waiting).rejects.toThrow('the control stream has ended')
    await expect(asker.ask(ping)).rejects.toThrow('the control stream has ended')
  })

  it('tells its answerer when nobody waits any more', async () => {
    let signal: AbortSignal | undefined
    const { asker, answerer } = pair((_, aborted) => {
      signal = aborted
      return new Promise(() => {})
    })
    asker.ask(ping).catch(() => {})
    await sleep(1)
    expect(signal?.aborted).toBe(false)
    answerer.close()
    expect(signal?.aborted).toBe(true)
    asker.close()
  })

  it('says nothing of an error that nobody foresaw', async () => {
    const { asker } = pair(() => Promise.reject(new Error('password=hunter2')))
    await expect(asker.ask(ping)).rejects.toMatchObject({ code: 'internal', message: 'the question could not be answered' })
  })

  it('is refused when too many wait', async () => {
    const { asker } = pair(() => new Promise(() => {}))
    const waiting = Array.from({ length: limits.openCalls }, (_, i) => asker.ask({ ...ping, key: `${i}` }).catch(() => 'ended'))
    await expect(asker.ask({ ...ping, key: 'one more' })).rejects.toMatchObject({ code: 'too_many' })
    asker.close()
    expect(await Promise.all(waiting)).toHaveLength(limits.openCalls)
  })
})
