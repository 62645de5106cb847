import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fieldsOf, type Key, type Message, message, reach, requestCancel, rowOf } from '@sallyport/testkit'
import { frame, joined, say } from '../../../packages/protocols/postgres/test/play/words.js'
import type { ScriptCase, Step } from './cases.js'
import { type Door, logInto } from './client.js'
import type { Ground } from './ground.js'

/**
 * Plays a script of protocol steps. Bytes go out together, as a client sends that waits for nothing, up to a step that
 * has to wait for what was said before; at the end the client says that it leaves, so that everything it is owed is heard.
 */
export interface Played {
  readonly heard: readonly Message[]
  /** One word per message after the login. */
  readonly words: readonly string[]
}

export async function play(script: ScriptCase, door: Door, ground: Ground): Promise<Played> {
  const [first, ...rest] = script.steps
  if (first?.startup === undefined) return unknown(script.steps, door)
  const wire = await reach({ port: door.port, transport: first.tls === false ? 'plain' : door.transport })
  const parameters = { ...door.parameters, ...without(first.startup, ['user', 'database']) }
  const greeting = await logInto(wire, { parameters, password: door.password })
  const key = greeting.find(({ type }) => type === 'K')?.body
  if (key === undefined) return told(greeting)
  const own: Key = { pid: key.readInt32BE(0), secret: key.subarray(4) }

  const heard: Message[] = []
  const undo: (() => Promise<void>)[] = []
  let waiting: Uint8Array[] = []
  let due = 0
  const settle = async () => {
    wire.send(...waiting.splice(0))
    for (; due > 0; due--) heard.push(...(await wire.until(({ type }) => type === 'Z')))
  }
  for (const step of rest) {
    if (step.cancel) {
      wire.send(...waiting.splice(0))
      // A statement that is to be cancelled must have begun.
      await sleep(150)
      await requestCancel({ port: door.port, transport: door.transport }, own)
    } else if (step.wait || step.control || step.meanwhile !== undefined) {
      await settle()
      if (step.control) undo.push(await ground.restrict(closing[step.control]))
      if (step.meanwhile !== undefined) await ground.side.ask(say.query(step.meanwhile))
    } else {
      waiting.push(await bytesOf(step, ground))
      if (step.Q !== undefined || step.raw_sql_hex !== undefined || step.S) due++
    }
  }
  wire.send(...waiting.splice(0), say.end())
  const last = await Promise.race([wire.closed, sleep(20_000, undefined, { ref: false })])
  wire.socket.destroy()
  for (const take of undo) await take()
  if (!last) throw new Error(`${script.name}: the connection was not closed`)
  return told([...heard, ...last])
}

const closing: Readonly<Record<NonNullable<Step['control']>, readonly object[]>> = {
  'revoke grant': [{ id: 'users-are-closed', match: { touches: [{ kind: 'relation', name: 'public.users' }] }, action: 'deny' }],
  'deny orders': [{ id: 'orders-are-closed', match: { touches: [{ kind: 'relation', name: 'public.orders' }] }, action: 'deny' }],
}

/** What is said by who is nobody yet. */
async function unknown(steps: readonly Step[], { port, transport }: Door): Promise<Played> {
  const [first] = steps
  if (first?.cancel) return told(await requestCancel({ port, transport }, { pid: 4711, secret: Buffer.from([1, 2, 3, 4]) }))
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(Buffer.from(first?.raw_hex ?? '', 'hex'))
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve).once('close', () => resolve(Buffer.alloc(0))))
  socket.destroy()
  return { heard: [], words: [`byte ${answer.toString('latin1')}`] }
}

async function bytesOf(step: Step, ground: Ground): Promise<Uint8Array> {
  const { P, B, D, E, C, F } = step
  if (step.Q !== undefined) return say.query(step.Q)
  if (P) {
    if (P.trailing_hex === undefined) return say.parse(P.name ?? '', P.sql, [...(P.types ?? [])])
    return frame('P', Buffer.concat([Buffer.from(`${P.name ?? ''}\0${P.sql}\0\0\0`), Buffer.from(P.trailing_hex, 'hex')]))
  }
  if (B) return bindOf(B)
  if (D) return say.describe(D.kind, D.name ?? '')
  if (E) return say.execute(E.portal ?? '', E.max ?? 0)
  if (C) return say.close(C.kind, C.name ?? '')
  if (step.S) return say.sync()
  if (step.H) return say.flush()
  if (F) return call(F, ground)
  if (step.copy_data !== undefined) return say.copyData(step.copy_data)
  if (step.copy_done) return say.copyDone()
  if (step.copy_fail !== undefined) return say.copyFail(step.copy_fail)
  if (step.raw_sql_hex !== undefined) return message('Q', Buffer.concat([Buffer.from(step.raw_sql_hex, 'hex'), Buffer.from([0])]))
  if (step.raw_hex === undefined) throw new Error(`a step that nobody knows: ${JSON.stringify(step)}`)
  const raw = Buffer.from(step.raw_hex, 'hex')
  if (step.fix_length) raw.writeInt32BE(raw.length - 1, 1)
  return raw
}

/** Written here, for the formats of results are what it is about; none: all as text. */
export function bindOf({ portal = '', stmt = '', params = [], results = [] }: NonNullable<Step['B']>): Uint8Array {
  const values = params.map((value) => {
    const text = Buffer.from(value ?? '')
    return Buffer.concat([int32(value === null ? -1 : text.length), text])
  })
  return frame(
    'B',
    Buffer.concat([
      Buffer.from(`${portal}\0${stmt}\0`),
      int16(0),
      int16(params.length),
      ...values,
      int16(results.length),
      ...results.map(int16),
    ]),
  )
}

async function call({ function: name, args }: NonNullable<Step['F']>, { side }: Ground): Promise<Uint8Array> {
  const heard = await side.ask(say.query(`select '${name}'::regprocedure::oid`))
  const [oid] = rowOf(heard.find(({ type }) => type === 'D')!)
  const values = args.map((text) => joined(int32(text.length), Buffer.from(text)))
  return frame('F', Buffer.concat([int32(Number(oid)), int16(0), int16(args.length), ...values, int16(0)]))
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value | 0)
  return bytes
}

/** What is reported of settings comes when it likes. */
function told(heard: readonly Message[]): Played {
  return { heard, words: heard.filter(({ type }) => type !== 'S').map(wordOf) }
}

function wordOf(one: Message): string {
  const { type, body } = one
  if (type === 'E' || type === 'N') return `${type} ${fieldsOf(one)['C']}`
  if (type === 'C') return `C ${body.toString('latin1', 0, body.length - 1)}`
  return type === 'Z' ? `Z ${body.toString('latin1')}` : type
}

const without = (all: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)))
