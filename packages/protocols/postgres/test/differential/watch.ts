import type { Unit } from '@sallyport/core'
import type { Dialect, Step } from '@sallyport/gate'
import type { PostgresDialect } from '../../src/dialect/index.js'
import type { Answer, Query } from '../../src/dialect/question.js'
import { createSplitter, type Message } from './splitter.js'

/**
 * Stands between a dialect and whoever drives it, and holds every frame for the target against the permit that let it
 * through. It never changes a step; what is wrong is written into `faults`, for a relay would swallow what is thrown.
 */
export interface Watch {
  readonly dialect: PostgresDialect
  readonly faults: string[]
  /** What runs at the target now must be of this unit; undefined before the first permit. */
  readonly judged: () => Unit | undefined
  /** Permits given, and those of them that have not ended. */
  readonly permits: () => { readonly given: number; readonly open: number }
}

type Cause = { readonly by: 'permit'; readonly unit: Unit } | { readonly by: 'refusal' } | { readonly by: 'nobody' }

const poison = /^\/\* sallyport:denied id=\d+ \*\/ \?$/
const nobody: Cause = { by: 'nobody' }
const segmentEnds: ReadonlySet<string> = new Set(['Q', 'S', 'H'])
const copyData: ReadonlySet<string> = new Set(['d', 'c', 'f'])

export function watch(dialect: PostgresDialect): Watch {
  const faults: string[] = []
  const units = new Map<number, Unit>()
  const open = new Set<number>()
  let given = 0
  let judged: Unit | undefined
  /** The target asked for COPY data and has neither ended nor failed since. */
  let wanted = false
  let over = false
  let cause: Cause = nobody
  const sent = createSplitter({
    begin: (type) => void (copyData.has(type) && !wanted && faults.push(`COPY data that nothing asked for: ${type}`)),
    whole(message) {
      const problem = wrong(message, cause)
      if (problem) faults.push(`${problem} by ${cause.by}: ${message.type} ${JSON.stringify(message.body.toString('latin1'))}`)
      // Here ends what was asked about; what follows in the same turn came after it and needs leave of its own.
      if (segmentEnds.has(message.type)) cause = nobody
    },
  })
  const heard = createSplitter({
    begin: (type) => void (wanted ||= type === 'G'),
    // A target that breaks off in the middle of a message has not said that it is over.
    whole: ({ type }) => void (wanted &&= type !== 'Z'),
  })

  function turn(why: Cause, work: () => readonly Step<Query>[]): readonly Step<Query>[] {
    cause = why
    try {
      const steps = work()
      if (over && steps.length > 0) faults.push('a session that is over went on')
      for (const step of steps) note(step)
      return steps
    } catch (error) {
      faults.push(`the dialect threw: ${String(error)}`)
      throw error
    }
  }

  function note(step: Step<Query>): void {
    if (step.do === 'server') sent.push(step.bytes)
    else if (step.do === 'judge') units.set(step.id, step.unit)
    else if (step.do === 'end') over = true
    else if (step.do === 'done' && !open.delete(step.id)) faults.push(`permit ${step.id} ended twice, or was never given`)
  }

  const take = (id: number): Unit => {
    const unit = units.get(id)
    if (!unit) throw new Error(`nothing was asked under ${id}`)
    units.delete(id)
    return unit
  }

  const watched: Omit<Dialect<Query, Answer>, 'full'> = {
    client: (chunk) => turn(nobody, () => dialect.client(chunk)),
    server(chunk) {
      heard.push(chunk)
      return turn(nobody, () => dialect.server(chunk))
    },
    permitted(id, permit) {
      judged = take(id)
      open.add(id)
      given++
      // What the dialect refuses by itself is judged for the trail, and not forwarded even if it was permitted.
      const trouble = judged.actions.some(({ verb }) => verb === 'protocol')
      return turn(trouble ? { by: 'refusal' } : { by: 'permit', unit: judged }, () => dialect.permitted(id, permit))
    },
    refused(id, refusal) {
      take(id)
      return turn({ by: 'refusal' }, () => dialect.refused(id, refusal))
    },
    held: (id, hold, filed) => turn(nobody, () => dialect.held(id, hold, filed)),
    answered: (id, answer) => turn(nobody, () => dialect.answered(id, answer)),
    cut: (reason) => turn(nobody, () => dialect.cut(reason)),
    ended: (side) => turn(nobody, () => dialect.ended(side)),
  }
  // All else that a dialect can do is the dialect's own.
  const guarded = Object.assign(Object.create(dialect) as PostgresDialect, watched)
  return { dialect: guarded, faults, judged: () => judged, permits: () => ({ given, open: open.size }) }
}

/** What must not be in a frame for the target, given who let it through. */
function wrong({ type, body }: Message, cause: Cause): string | undefined {
  switch (type) {
    case 'S':
    case 'H':
    case 'X':
      return body.length > 0 ? 'a body where none belongs' : undefined
    case 'd':
    case 'c':
    case 'f':
      return undefined
    case 'B':
    case 'E':
    case 'C':
    case 'D':
      // Without a permit only what stands for a text of blanks: that nothing ran is seen at the target.
      return cause.by === 'refusal' ? 'forwarded in spite of a refusal' : undefined
    case 'Q':
      return unjudged(body.toString('utf8', 0, body.length - 1), cause)
    case 'P': {
      const text = body.indexOf(0) + 1
      return unjudged(body.toString('utf8', text, body.indexOf(0, text)), cause)
    }
    default:
      return 'a type that is never forwarded'
  }
}

function unjudged(text: string, cause: Cause): string | undefined {
  if (cause.by === 'refusal') return poison.test(text) ? undefined : 'a text in place of a refused one'
  const statements = text.split(';').map((part) => part.trim())
  if (statements.every((one) => one === '')) return undefined
  if (cause.by === 'nobody') return 'a text without a permit'
  const exact = new Set(cause.unit.exact.map((raw) => Buffer.from(raw).toString('utf8').trim()))
  return exact.has(text.trim()) || statements.every((one) => one === '' || exact.has(one)) ? undefined : 'a text that was not judged'
}
