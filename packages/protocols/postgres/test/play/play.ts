import type { CloseReason, Outcome, Refusal, Unit } from '@sallyport/core'
import { createMemoryBudget, type Permit, type Step } from '@sallyport/gate'
import { createPostgresDialect, type PostgresDialectOptions } from '../../src/dialect/index.js'
import type { Query } from '../../src/dialect/question.js'
import { meaning } from './meaning.js'
import { createPlayTarget, type PlayTarget } from './target.js'

/** A relay without sockets: carries steps out as the real one does, with the target's answers delivered when asked to. */
export interface Play {
  client(bytes: Uint8Array): void
  /** Delivers at most so many bytes of what the target has answered. */
  deliver(most?: number): void
  /** Delivers until nothing is left. */
  settle(): void
  readonly dialect: ReturnType<typeof createPostgresDialect>
  readonly target: PlayTarget
  readonly seen: Seen
  /** Carries out what the answer to the open question led to. */
  reply(steps: readonly Step<Query>[]): void
  /** Bytes that the target has answered and that were not delivered. */
  undelivered(): number
}

export interface Seen {
  client: Uint8Array
  server: Uint8Array
  readonly units: Unit[]
  readonly outcomes: Map<number, Outcome>
  readonly queries: Query[]
  /** Largest number of separate client steps that one server chunk became. */
  runs: number
  cancels: number
  ended: CloseReason | undefined
}

export interface PlayOptions extends Partial<PostgresDialectOptions> {
  readonly judge?: (unit: Unit) => Refusal | undefined
  /** Leaves questions open until `reply` is given the answer. */
  readonly open?: boolean
  readonly target?: PlayTarget
}

export const parameters = { client_encoding: 'UTF8', server_encoding: 'UTF8', standard_conforming_strings: 'on' }

export const refusal: Refusal = {
  kind: 'deny',
  code: 'denied',
  message: 'policy agents, rule ddl: no',
  advice: 'ask dba',
  rules: [{ policy: 'agents', rule: 'ddl' }],
  shadow: [],
}

export const permit: Permit = {
  kind: 'permit',
  allow: { kind: 'allow', rules: [], shadow: [], obligations: [], record: 'buffered' },
  onLapse: () => undefined,
  done: () => undefined,
}

export function play(options: PlayOptions = {}): Play {
  const { judge = () => undefined, open = false, target = createPlayTarget(), ...given } = options
  const dialect = createPostgresDialect({
    parameters,
    status: 'I',
    context: { database: 'shop' },
    secretName: 'ours',
    runsCode: () => false,
    veils: () => undefined,
    memory: createMemoryBudget(1 << 30),
    ...given,
  })
  const empty = new Uint8Array()
  const seen: Seen = { client: empty, server: empty, units: [], outcomes: new Map(), queries: [], runs: 0, cancels: 0, ended: undefined }
  const backlog: Uint8Array[] = []
  let answers = Buffer.alloc(0)
  let question: number | undefined

  function one(step: Step<Query>): void {
    switch (step.do) {
      case 'client':
        seen.client = new Uint8Array(Buffer.concat([seen.client, step.bytes]))
        return
      case 'server':
        seen.server = new Uint8Array(Buffer.concat([seen.server, step.bytes]))
        answers = Buffer.concat([answers, target.receive(step.bytes)])
        return
      case 'need':
        seen.queries.push(step.query)
        return void queue.push(...dialect.answered(step.id, { classifications: step.query.texts.map(meaning) }))
      case 'judge': {
        seen.units.push(step.unit)
        if (open) {
          question = step.id
          return
        }
        const no = judge(step.unit)
        return void queue.push(...(no ? dialect.refused(step.id, no) : dialect.permitted(step.id, permit)))
      }
      case 'done':
        if (seen.outcomes.has(step.id)) throw new Error(`${step.id} ended twice`)
        seen.outcomes.set(step.id, step.outcome)
        return
      case 'cancel':
        seen.cancels++
        return
      case 'end':
        seen.ended = step.reason
        return
      default:
        return step satisfies never
    }
  }

  const queue: Step<Query>[] = []
  function carry(steps: readonly Step<Query>[]): void {
    queue.push(...steps)
    for (let step = queue.shift(); step; step = queue.shift()) one(step)
    while (question === undefined && !seen.ended && backlog.length > 0) carry(dialect.client(backlog.shift() ?? empty))
  }

  function deliver(most = Infinity): void {
    const count = Math.min(most, answers.length)
    if (count === 0 || seen.ended) return
    const chunk = new Uint8Array(answers.subarray(0, count))
    answers = answers.subarray(count)
    const steps = dialect.server(chunk)
    seen.runs = Math.max(seen.runs, steps.filter((step) => step.do === 'client').length)
    carry(steps)
  }

  return {
    dialect,
    target,
    seen,
    reply(steps) {
      question = undefined
      carry(steps)
    },
    deliver,
    settle() {
      while (answers.length > 0 && !seen.ended) deliver()
    },
    client(bytes) {
      if (seen.ended) return
      if (question !== undefined) backlog.push(bytes)
      else carry(dialect.client(bytes))
    },
    undelivered: () => (seen.ended ? 0 : answers.length),
  }
}
