import type { Outcome, Unit } from '@sallyport/core'
import { createMemoryBudget, type Step } from '@sallyport/gate'
import { createPostgresDialect } from '../../src/dialect/index.js'
import type { Query } from '../../src/dialect/question.js'
import { meaning } from '../play/meaning.js'
import { parameters, permit, refusal } from '../play/play.js'
import { createPlayTarget } from '../play/target.js'
import { messages } from '../play/words.js'
import { watch } from './watch.js'

/** One hostile session, driven to its end, and what must be the same however its bytes were cut. */
export interface Told {
  readonly client: Uint8Array
  /** Frames for the target; those in place of refused ones without their number, which counts questions. */
  readonly server: readonly string[]
  /** In the order of the questions. */
  readonly outcomes: readonly Outcome[]
  readonly ended: string | undefined
  /** Bytes that the client got rid of. */
  readonly taken: number
  readonly refused: number
  readonly ran: readonly string[]
  readonly faults: readonly string[]
}

export interface FloorOptions {
  readonly stream: Uint8Array
  /** Bytes of each client chunk, and of each chunk of the target's, in turns; Infinity for all there is. */
  readonly cuts: readonly number[]
  readonly serverCuts: readonly number[]
  readonly allows: (unit: Unit, ordinal: number) => boolean
  /** The target answers while the client still sends; else only after it has sent all, so that cuts change nothing else. */
  readonly interleaved?: boolean
  /** Said by a target that has gone mad, one at each of its turns. */
  readonly interjections?: readonly (Uint8Array | undefined)[]
}

const limits = { statement: 200, bind: 400, unitBytes: 4000, unitMessages: 16 }

export function floor({ stream, cuts, serverCuts, allows, interjections, interleaved = false }: FloorOptions): Told {
  const budget = createMemoryBudget(1 << 16)
  const target = createPlayTarget()
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
  const { dialect, faults, judged, permits } = watch(inner)
  const told: Uint8Array[] = []
  const forwarded: Uint8Array[] = []
  const outcomes = new Map<number, Outcome>()
  let answers = Buffer.alloc(0)
  let ended: string | undefined
  let units = 0
  let refused = 0

  function receive(bytes: Uint8Array): void {
    forwarded.push(bytes)
    const before = target.ran.length
    answers = Buffer.concat([answers, target.receive(bytes)])
    if (interjections) return
    const effects = new Set(
      judged()?.actions.flatMap(({ effects: all, facts }) =>
        facts['prepares'] === true ? all.filter((effect) => effect === 'prepare') : all,
      ),
    )
    for (const text of target.ran.slice(before)) {
      if (text !== '' && !effects.has(text.split(/\s+/)[0] ?? '')) faults.push(`ran without having been judged: ${text}`)
    }
  }

  function carry(steps: readonly Step<Query>[]): void {
    const queue = [...steps]
    for (let step = queue.shift(); step; step = queue.shift()) queue.push(...one(step))
  }

  function one(step: Step<Query>): readonly Step<Query>[] {
    switch (step.do) {
      case 'client':
        told.push(step.bytes)
        return []
      case 'server':
        receive(step.bytes)
        return []
      case 'need':
        return dialect.answered(step.id, { classifications: step.query.texts.map(meaning) })
      case 'judge':
        if (allows(step.unit, units++)) return dialect.permitted(step.id, permit)
        refused++
        return dialect.refused(step.id, refusal)
      case 'done':
        outcomes.set(step.id, step.outcome)
        return []
      case 'cancel':
        return []
      case 'end':
        ended = step.reason.code
        return []
      default:
        return step satisfies never
    }
  }

  let turns = 0
  function deliver(): void {
    const size = serverCuts[turns % serverCuts.length] ?? 1
    const more = interjections?.[turns++]
    const chunk = Buffer.concat([...(more ? [more] : []), answers.subarray(0, size)])
    answers = answers.subarray(size)
    if (chunk.length > 0) carry(dialect.server(new Uint8Array(chunk)))
  }

  let taken = 0
  for (let turn = 0; taken < stream.length && ended === undefined; turn++) {
    const size = cuts[turn % cuts.length] ?? 1
    carry(dialect.client(stream.slice(taken, taken + size)))
    taken = Math.min(stream.length, taken + size)
    if (interleaved && ended === undefined) deliver()
  }
  while (ended === undefined && (answers.length > 0 || turns < (interjections?.length ?? 0))) deliver()
  if (ended === undefined) carry(dialect.ended('client'))
  // What ran is given up, and a target that does not say so is left.
  if (ended === undefined) carry(dialect.ended('server'))
  dialect.release()
  if (budget.used() !== 0) faults.push(`${budget.used()} bytes of memory were not given back`)
  if (permits().open > 0) faults.push(`${permits().open} permits were never ended`)
  if (ended === undefined) faults.push('the session never ended')
  const server = messages(Buffer.concat(forwarded)).map(({ type, body }) => type + body.toString('latin1').replace(/id=\d+/, ''))
  return {
    client: Buffer.concat(told),
    server,
    outcomes: [...outcomes].toSorted(([a], [b]) => a - b).map(([, outcome]) => outcome),
    ended,
    taken,
    refused,
    ran: target.ran,
    faults,
  }
}
