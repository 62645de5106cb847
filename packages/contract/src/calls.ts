import type { ControlCall, ControlReply } from './gen/sallyport/agent/v1/control.js'
import { limits } from './limits.js'

/**
 * Questions and answers over one control stream, the same on both ends. Each has a deadline and an idempotency key: a
 * key that was answered is answered the same again, without a second effect. A caller must pass every call and reply of
 * the stream to `receive` and must `close` when the stream ends.
 */
export interface Calls {
  /** Rejects with `CallError` when it was refused, ran out of time, or the stream ended. */
  ask(question: Question): Promise<Result>
  receive(message: { readonly call: ControlCall } | { readonly reply: ControlReply }): void
  close(): void
}

export interface Question {
  readonly kind: NonNullable<ControlCall['kind']>
  readonly key: string
  /** Milliseconds. */
  readonly timeout: number
}

export type Result = Exclude<NonNullable<ControlReply['result']>, { $case: 'error' }>

export interface CallsOptions {
  readonly send: (message: { readonly call: ControlCall } | { readonly reply: ControlReply }) => void
  /** Throws `CallError` to refuse; kinds that this end does not know must be refused as `unsupported`. */
  readonly answer: (kind: NonNullable<ControlCall['kind']>, signal: AbortSignal) => Promise<Result>
  /** Answers of earlier calls by key; shared over links so that a repeated call has no second effect. */
  readonly answered?: Map<string, Promise<ControlReply['result']>>
}

export class CallError extends Error {
  override readonly name = 'CallError'
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** How many answers are remembered. */
const memory = 1_000
const longestTimeout = 60_000

interface Waiting {
  resolve(result: Result): void
  reject(error: CallError): void
  readonly timer: NodeJS.Timeout
}

export function createCalls({ send, answer, answered = new Map() }: CallsOptions): Calls {
  const waiting = new Map<string, Waiting>()
  const ended = new AbortController()
  let asked = 0
  let answering = 0

  const settle = (id: string): Waiting | undefined => {
    const found = waiting.get(id)
    waiting.delete(id)
    clearTimeout(found?.timer)
    return found
  }

  const carryOut = async (call: ControlCall): Promise<ControlReply['result']> => {
    if (call.kind === undefined) return failure('unsupported', 'this build does not know the question')
    if (call.timeout === 0 || call.timeout > longestTimeout) return failure('invalid', 'a question needs a deadline of at most a minute')
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(call.timeout)])
    try {
      return await answer(call.kind, signal)
    } catch (error) {
      if (error instanceof CallError) return failure(error.code, error.message)
      return failure('internal', 'the question could not be answered')
    }
  }

  const once = (call: ControlCall): Promise<ControlReply['result']> => {
    const before = answered.get(call.idempotencyKey)
    if (before !== undefined) return before
    const result = carryOut(call)
    if (call.idempotencyKey === '') return result
    answered.set(call.idempotencyKey, result)
    // A refusal may be over next time; only effects are remembered.
    void result.then((settled) => settled?.$case === 'error' && answered.delete(call.idempotencyKey))
    for (const key of answered.keys()) {
      if (answered.size <= memory) break
      answered.delete(key)
    }
    return result
  }

  const serve = async (call: ControlCall): Promise<void> => {
    const busy = answering >= limits.openCalls
    answering += 1
    const result = busy ? failure('too_many', 'too many questions at once') : await once(call)
    answering -= 1
    if (!ended.signal.aborted) send({ reply: { id: call.id, result } })
  }

  return {
    ask: ({ kind, key, timeout }) =>
      new Promise((resolve, reject) => {
        if (ended.signal.aborted) return reject(new CallError('unavailable', 'the control stream has ended'))
        if (waiting.size >= limits.openCalls) return reject(new CallError('too_many', 'too many questions are waiting for an answer'))
        const id = `${++asked}`
        const expire = (): void => settle(id)?.reject(new CallError('unavailable', 'no answer in time'))
        waiting.set(id, { resolve, reject, timer: setTimeout(expire, timeout) })
        send({ call: { id, idempotencyKey: key, timeout, kind } })
      }),
    receive: (message) => {
      if ('call' in message) {
        void serve(message.call)
        return
      }
      const { id, result } = message.reply
      if (result === undefined) settle(id)?.reject(new CallError('unsupported', 'an answer that this build does not know'))
      else if (result.$case === 'error') settle(id)?.reject(new CallError(result.value.code, result.value.message))
      else settle(id)?.resolve(result)
    },
    close: () => {
      ended.abort()
      for (const id of waiting.keys()) settle(id)?.reject(new CallError('unavailable', 'the control stream has ended'))
    },
  }
}

function failure(code: string, message: string): ControlReply['result'] {
  return { $case: 'error', value: { code, message: message.slice(0, limits.text) } }
}
