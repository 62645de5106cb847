import type { Action, Unit } from '@sallyport/core'
import type { Classification, TargetModel } from '@sallyport/sql'
import type { Classifiers } from './classifier.js'
import type { TransactionStatus } from './codec/index.js'
import type { Answer, Meanings, Query, Told } from './dialect/question.js'
import { markOf } from './labels.js'
import { meansOf } from './model/means.js'
import type { ModelLease } from './model/source.js'
import { createNaming } from './naming.js'
import { createOwnCatalog } from './own.js'
import type { PostgresTarget } from './target.js'

/**
 * What a session's statements mean, with the target model that is true now: read again after DDL went through, and when
 * a name is unknown. It answers at once where nothing must be read. A caller must tell it of every unit that ended.
 */
export interface Classifying {
  answer(query: Query): Answer | Promise<Answer>
  /** A permitted unit has ended at the target. */
  ended(unit: Unit): void
  /** What the last answer was judged by; undefined when no name was certain. */
  model(): TargetModel | undefined
  /** What the names in these actions stand for now. */
  means(actions: readonly Action[]): readonly string[]
  /** An answer told of something that the model does not know: it is read again before the next question. */
  doubt(): void
}

export interface ClassifyingOptions {
  readonly classifiers: Classifiers
  readonly lease: ModelLease
  readonly target: PostgresTarget
  /** Pinned at the login; undefined when it is not known, and then no name is certain. */
  readonly searchPath: readonly string[] | undefined
  /** Transaction status as the target last told it. */
  readonly status: () => TransactionStatus
  /** What our application_name begins with. */
  readonly label: string
  /** What the target reports of a setting, if it does. */
  readonly reported: (setting: string) => string | undefined
}

/** Milliseconds for which an unknown name is believed to be unknown. */
const unknownFor = 1000

export function createClassifying(options: ClassifyingOptions): Classifying {
  const { classifiers, lease, target, status } = options
  const { imposed, functions } = target
  let model: TargetModel | undefined
  const naming = createNaming({ role: target.user, path: options.searchPath, status, reported: options.reported, label: options.label })
  const mark = markOf(target.labels)
  const classifier = classifiers.open({
    model: () => model,
    searchPath: () => naming.path(model),
    limits: imposed.timeouts,
    declared: functions,
    mark,
  })
  const own = createOwnCatalog(status)
  /** What the target was asked last. */
  let asked: 'path' | 'catalog' | undefined
  /** Units that may have changed the catalog, and how many of them the model has been read after. */
  let changes = 0
  let seen = 0
  let looking: Promise<TargetModel | undefined> | undefined
  let doubted = -Infinity

  /** One question is open at a time, so the model stays as it is until its answer is there. */
  function classify(texts: readonly string[], known: TargetModel | undefined): Meanings | Promise<Meanings> {
    model = known
    const searchPath = naming.shown(known)
    const classifications = texts.map((text) => classifier.classify(text))
    if (areThere(classifications)) return { classifications, searchPath }
    return Promise.all(classifications.map(async (one) => one)).then((all) => ({ classifications: all, searchPath }))
  }

  /** What a transaction changed shows only to itself until it ends: looked for now, and again after that. */
  async function look(): Promise<TargetModel | undefined> {
    const upTo = changes
    const visible = status() === 'I'
    const found = await lease.refresh(0)
    if (visible) seen = Math.max(seen, upTo)
    return found
  }

  async function present(): Promise<TargetModel | undefined> {
    await looking
    if (changes > seen) return look()
    return lease.current() ?? lease.ready()
  }

  /** A name that is unknown may be new: one look, then it is unknown. */
  async function classifyAgain(texts: readonly string[], known: TargetModel): Promise<Meanings> {
    const first = await classify(texts, known)
    if (!first.classifications.some(isUnresolved)) return first
    const found = await lease.refresh(unknownFor)
    return found === known ? first : classify(texts, found)
  }

  /** One question after the other, each once per unit; some must be followed by another to leave no trace. */
  function hear(told: Told): readonly string[] | undefined {
    if (asked === 'catalog') return own.told(told)
    naming.told(told)
    return undefined
  }

  function questions(pathAsked: boolean): readonly string[] | undefined {
    const path = pathAsked ? undefined : naming.questions()
    asked = path ? 'path' : 'catalog'
    return path ?? own.questions(lease.current())
  }

  function answer({ texts, renamed, askable, told }: Query): Answer | Promise<Answer> {
    const next = told ? hear(told) : undefined
    const more = !told || asked === 'path'
    const ask = next ?? (more && askable && !renamed && status() !== 'E' ? questions(told !== undefined) : undefined)
    if (ask) return { ask }
    asked = undefined
    if (renamed || naming.doubted() || !naming.known()) return classify(texts, undefined)
    const mine = own.model(lease.current())
    if (mine !== undefined) return classify(texts, mine === 'unknown' ? undefined : mine)
    const known = changes > seen ? undefined : lease.current()
    if (!known) return present().then((found) => classify(texts, found))
    const first = classify(texts, known)
    if (!(first instanceof Promise) && !first.classifications.some(isUnresolved)) return first
    return classifyAgain(texts, known)
  }

  return {
    // A look that fails leaves what was believed before, as for any statement that comes now.
    answer: (query) => (query.fresh ? lease.refresh(1).then(() => answer(query)) : answer(query)),
    model: () => model,
    means(actions) {
      const mine = own.model(lease.current())
      return meansOf(actions, mine === 'unknown' ? undefined : (mine ?? lease.current()))
    },
    doubt() {
      const now = performance.now()
      if (now - doubted < unknownFor) return
      doubted = now
      changes++
    },
    ended({ actions }) {
      naming.ended(actions)
      own.ended(actions)
      const harmless = actions.every(
        ({ effects, certainty }) => certainty === 'exact' && effects.every((effect) => leavesCatalog.has(effect)),
      )
      if (harmless && changes === seen) return
      changes++
      if (status() !== 'I') return
      // Other sessions judge by the same model: they must not wait for this one's next statement.
      looking = look().finally(() => (looking = undefined))
    },
  }
}

/** Effects that no name depends on afterwards. */
const leavesCatalog: ReadonlySet<string> = new Set([
  'read',
  'write',
  'insert',
  'update',
  'delete',
  'merge',
  'truncate',
  'lock_rows',
  'lock',
  'write_sequence',
  'session_ok',
  'tx',
  'notify',
  'delay',
  'introspect_values',
  'bulk_export',
  'bulk_import',
  'explain',
  'cursor',
  'prepare',
  'name_resolution',
])

function areThere(all: readonly (Classification | Promise<Classification>)[]): all is readonly Classification[] {
  return !all.some((one) => one instanceof Promise)
}

/** Some name stands for nothing that the model knows; with IF EXISTS too, that may be news. */
function isUnresolved({ statements }: Classification): boolean {
  return statements.some(({ action }) => action.facts['unresolved'] !== undefined || action.facts['absent'] !== undefined)
}
