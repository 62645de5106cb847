import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createMemoryBudget, type GatedSession, type Permit, relay } from '@sallyport/gate'
import { createDuplexPair, identityOf } from '@sallyport/testkit'
import { createPostgresDialect } from '../../src/dialect/index.js'
import { meaning } from '../play/meaning.js'
import { parameters, permit, refusal } from '../play/play.js'
import { createPlayTarget } from '../play/target.js'
import { watch } from './watch.js'

/** One hostile session through the real relay, with streams that cut and wait as they like, and answers that come late. */
export interface PassageOptions {
  readonly messages: readonly Uint8Array[]
  readonly interjections: readonly (Uint8Array | undefined)[]
  /** Every choice there is: what is allowed, what waits, how bytes are cut. Nothing else is random. */
  readonly choices: readonly number[]
}

export interface Passed {
  readonly faults: readonly string[]
  readonly ended: string
  readonly refused: number
}

/** Milliseconds that no session of these takes. */
const patience = 10_000
const limits = { statement: 200, bind: 400, unitBytes: 4000, unitMessages: 16 }

export async function passage({ messages, interjections, choices }: PassageOptions): Promise<Passed> {
  let turn = 0
  const choice = (of: number) => (choices[turn++ % choices.length] ?? 0) % of
  const budget = createMemoryBudget(1 << 16)
  const inner = createPostgresDialect({
    parameters,
    status: 'I',
    context: {},
    secretName: 'ours',
    runsCode: () => false,
    veils: () => undefined,
    memory: budget,
    limits,
  })
  const { dialect, faults } = watch(inner)
  const [client, clientEnd] = createDuplexPair()
  const [target, targetEnd] = createDuplexPair()
  for (const stream of [client, clientEnd, target, targetEnd]) stream.on('error', () => undefined)
  clientEnd.resume()
  answerFor(targetEnd, interjections, choice)

  let refused = 0
  let granted = 0
  let done = 0
  const closed: string[] = []
  const permitted: Permit = { ...permit, done: () => void done++ }
  const judge = () => {
    const yes = choice(4) !== 0
    if (yes) granted++
    else refused++
    return yes ? permitted : refusal
  }
  const session: GatedSession = {
    id: 'ses_fuzz',
    identity: identityOf('me'),
    resource: { id: 'res_fuzz', name: 'fuzz', protocol: 'postgres', labels: {}, target: {}, secrets: {} },
    signal: new AbortController().signal,
    dial: () => Promise.reject(new Error('nothing is dialled')),
    dialToCancel: () => Promise.reject(new Error('nothing is dialled')),
    judge: () => (choice(3) === 0 ? nextTurn().then(judge) : judge()),
    wants: () => false,
    close: (reason) => Promise.resolve(void closed.push(reason.code)),
  }
  const over = relay({
    client,
    target,
    session,
    dialect,
    answer({ texts }) {
      const answer = { classifications: texts.map(meaning) }
      return choice(3) === 0 ? nextTurn(answer) : answer
    },
    // A target that does not say what became of it is left.
    cancel: () => void setTimeout(() => target.destroy(), 5),
    limits: { linger: 5, readAhead: 512, unsent: 1024 },
  })
  await speak(clientEnd, Buffer.concat(messages), choice)
  if (!(await inTime(over))) return { faults: [...faults, 'the session never ended'], ended: 'never', refused }
  dialect.release()
  if (closed.length !== 1) faults.push(`the session was closed ${closed.length} times`)
  if (budget.used() !== 0) faults.push(`${budget.used()} bytes of memory were not given back`)
  if (done !== granted) faults.push(`of ${granted} permits ${done} ended`)
  if (!client.destroyed || !target.destroyed) faults.push('a stream was left open')
  return { faults, ended: closed[0] ?? 'never', refused }
}

async function inTime(over: Promise<void>): Promise<boolean> {
  const done = new AbortController()
  const late = sleep(patience, false, { signal: done.signal }).catch(() => false)
  const ended = await Promise.race([over.then(() => true), late])
  done.abort()
  return ended
}

async function speak(to: Duplex, bytes: Uint8Array, choice: (of: number) => number): Promise<void> {
  for (let at = 0; at < bytes.length && to.writable;) {
    const end = at + 1 + choice(120)
    to.write(bytes.slice(at, end))
    at = end
    if (choice(3) === 0) await nextTurn()
  }
  to.end()
}

/** The target of `play` on a stream, which now and then says something else. */
function answerFor(stream: Duplex, interjections: readonly (Uint8Array | undefined)[], choice: (of: number) => number): void {
  const target = createPlayTarget()
  let said = 0
  stream.on('data', (chunk: Buffer) => {
    const more = interjections[said++]
    const answers = Buffer.concat([...(more ? [more] : []), target.receive(chunk)])
    for (let at = 0; at < answers.length && stream.writable;) stream.write(answers.subarray(at, (at += 1 + choice(200))))
    // As a server that hangs up after Terminate.
    if (chunk.at(-5) === 0x58) stream.end()
  })
}
