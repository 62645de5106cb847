import { createHash } from 'node:crypto'
import type { Unit } from '@sallyport/core'
import type { Classification, ClassifyContext, TargetModel } from '@sallyport/sql'
import type { TransactionStatus } from './codec/index.js'
import type { Answer, Query } from './dialect/index.js'
import type { ModelLease } from './model/source.js'
import type { PostgresTarget } from './target.js'

/**
 * What a session's statements mean, with the target model that is true now: read again after DDL went through, and when
 * a name is unknown. It answers at once where nothing must be read. A caller must tell it of every unit that ended.
 */
export interface Classifying {
  answer(query: Query): Answer | Promise<Answer>
  /** A permitted unit has ended at the target. */
  ended(unit: Unit): void
}

export interface Classifier {
  classify(text: string, context: ClassifyContext): Classification | Promise<Classification>
}

export interface ClassifyingOptions {
  readonly classifier: Classifier
  readonly lease: ModelLease
  readonly target: PostgresTarget
  /** Pinned at the login; undefined when it is not known, and then no name is certain. */
  readonly searchPath: readonly string[] | undefined
  /** Transaction status as the target last told it. */
  readonly status: () => TransactionStatus
}

/** Milliseconds for which an unknown name is believed to be unknown. */
const unknownFor = 1000

export function createClassifying({ classifier, lease, target, searchPath, status }: ClassifyingOptions): Classifying {
  const settings = settingsOf(target)
  /** DDL went through, or may have, and the model has not been read since it became visible. */
  let changed = false

  function classify(texts: readonly string[], model: TargetModel | undefined): Answer | Promise<Answer> {
    const context: ClassifyContext = { ...settings, model, searchPath: searchPath ?? [] }
    const classifications = texts.map((text) => classifier.classify(text, context))
    const pending = classifications.some((one) => one instanceof Promise)
    if (pending) return Promise.all(classifications.map(async (one) => one)).then(noted)
    return noted(classifications as readonly Classification[])
  }

  function noted(classifications: readonly Classification[]): Answer {
    changed ||= classifications.some(({ statements }) => statements.some(({ control }) => control.ddl))
    return { classifications }
  }

  async function present(): Promise<TargetModel | undefined> {
    if (!changed) return lease.current() ?? lease.ready()
    const model = await lease.refresh(0)
    // Inside a transaction its own DDL shows only to itself: it is looked for again after the end.
    if (status() === 'I') changed = false
    return model
  }

  /** A name that is unknown may be new: one look, then it is unknown. */
  async function classifyAgain(texts: readonly string[], known: TargetModel): Promise<Answer> {
    const first = await classify(texts, known)
    if (!first.classifications.some(isUnknown)) return first
    const model = await lease.refresh(unknownFor)
    return model === known ? first : classify(texts, model)
  }

  return {
    answer({ texts, renamed }) {
      if (renamed || !searchPath) return classify(texts, undefined)
      const known = changed ? undefined : lease.current()
      if (!known) return present().then((model) => classify(texts, model))
      const first = classify(texts, known)
      if (!(first instanceof Promise) && !first.classifications.some(isUnknown)) return first
      return classifyAgain(texts, known)
    },
    ended({ actions }) {
      if (!changed && !actions.some(({ effects, certainty }) => certainty === 'unknown' || effects.includes('ddl'))) return
      changed = true
      // Other sessions judge by the same model: they must not wait for this one's next statement.
      if (status() === 'I') void lease.refresh(0)
    },
  }
}

function isUnknown({ readable, statements }: Classification): boolean {
  return readable && statements.some(({ action }) => action.certainty === 'unknown')
}

function settingsOf({ imposed, functions }: PostgresTarget): Omit<ClassifyContext, 'model' | 'searchPath'> {
  const limits = imposed.statementTimeout === undefined ? {} : { statement_timeout: imposed.statementTimeout }
  const settingsEpoch = createHash('sha256')
    .update(JSON.stringify([limits, functions]))
    .digest('hex')
  return { limits, declared: functions, settingsEpoch }
}
