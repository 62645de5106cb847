import type { Classification, Classified, ClassifyContext, DeclaredFunction } from './classified.js'
import { classify, unreadable } from './classify.js'
import type { TargetModel } from './model.js'
import type { Parsed } from './parsed.js'
import type { Parser } from './parser.js'
import { createShapes, type Shape, type Shapes } from './shapes.js'

/** Texts to what they do. A text that was read before is answered at once, also after the model or a setting changed. */
export interface Classifier {
  /** Never rejects; what cannot be read is one statement with the effect `unparsable`, or `oversize`. */
  classify(text: string): Classification | Promise<Classification>
}

export interface ClassifierOptions {
  readonly parser: Parser
  readonly model: () => TargetModel | undefined
  /** The search path in force; the model's own unless told. */
  readonly searchPath?: () => readonly string[]
  readonly settingsEpoch?: () => string
  readonly limits?: Readonly<Record<string, number>>
  readonly declared?: Readonly<Record<string, DeclaredFunction>>
  /** Adds to each statement what is known of the target beside its model. */
  readonly mark?: Mark
  /** Shared by classifiers of one parser; one of its own unless told. */
  readonly cache?: StatementCache
}

export interface Mark {
  /** Names all that `apply` depends on: what it made for one key is used for all classifiers that have it. */
  readonly key: string
  readonly apply: (statement: Classified, model: TargetModel | undefined) => Classified
}

/** Statements that were read, those that were not used for longest forgotten first. */
export interface StatementCache {
  get(text: string): Entry | undefined
  add(text: string, parsed: Parsed): Entry
  readonly size: number
}

export interface Entry {
  readonly parsed: Parsed
  /** Of a text that could be read. */
  readonly shape: Shape | undefined
  /** The last answer, and what it depends on beside the text. */
  key: string | undefined
  answer: Classification | undefined
}

const maxText = 16 * 1024
const maxMeanings = 16

/**
 * `bytes` bounds the memory of texts and outlines roughly: an outline weighs about eight times its text. Two generations:
 * what was used since the last change of them outlives the next one. (To take the oldest out of one map, or to move what is
 * used behind the others, makes a table full of holes, which is searched from its beginning each time.)
 */
export function createStatementCache(limits: { readonly entries?: number; readonly bytes?: number } = {}): StatementCache {
  const { entries = 10_000, bytes = 64 << 20 } = limits
  const shapes = createShapes()
  let young = new Map<string, Entry>()
  let old = new Map<string, Entry>()
  let held = 0

  function keep(text: string, entry: Entry): void {
    const weight = text.length * 20 + 2_000
    if (young.size >= entries / 2 || held + weight > bytes / 2) {
      old = young
      young = new Map()
      held = 0
    }
    young.set(text, entry)
    held += weight
  }

  return {
    get size() {
      return young.size + old.size
    },
    get(text) {
      const entry = young.get(text)
      if (entry !== undefined) return entry
      const older = old.get(text)
      if (older === undefined) return undefined
      old.delete(text)
      keep(text, older)
      return older
    },
    add(text, parsed) {
      const entry: Entry = { ...shaped(parsed, shapes), key: undefined, answer: undefined }
      // A parser that was busy says nothing about the text.
      if (text.length <= maxText && (parsed.ok || parsed.code !== 'too_many')) keep(text, entry)
      return entry
    },
  }
}

export function createClassifier(options: ClassifierOptions): Classifier {
  const { parser, cache = createStatementCache() } = options
  const { limits, declared, mark } = options
  const fixed = JSON.stringify([limits, declared, mark?.key])
  let last: { readonly now: ClassifyContext; readonly key: string } | undefined
  const present = (): { readonly now: ClassifyContext; readonly key: string } => {
    const model = options.model()
    const searchPath = options.searchPath?.() ?? model?.searchPath ?? none
    const settingsEpoch = options.settingsEpoch?.()
    if (last !== undefined && last.now.model === model && last.now.searchPath === searchPath && last.now.settingsEpoch === settingsEpoch)
      return last
    const now = {
      model,
      searchPath,
      ...(settingsEpoch === undefined ? {} : { settingsEpoch }),
      ...(limits === undefined ? {} : { limits }),
      ...(declared === undefined ? {} : { declared }),
    }
    last = { now, key: JSON.stringify([model?.epoch, searchPath, settingsEpoch]) + fixed }
    return last
  }
  const answer = (text: string, entry: Entry): Classification => {
    const { now, key } = present()
    if (entry.answer === undefined || entry.key !== key) {
      entry.answer = answerAnew(text, entry, () => meaningOf(entry, key, now))
      entry.key = key
    }
    return entry.answer
  }
  const meaningOf = ({ shape, parsed }: Entry, key: string, now: ClassifyContext): readonly Classified[] => {
    const known = shape?.meanings.get(key)
    if (known !== undefined) return known
    const found = classify(parsed, now)
    const made = mark === undefined ? found : found.map((one) => mark.apply(one, now.model))
    if (shape === undefined) return made
    const [oldest] = shape.meanings.keys()
    if (shape.meanings.size >= maxMeanings && oldest !== undefined) shape.meanings.delete(oldest)
    shape.meanings.set(key, made)
    return made
  }
  return {
    classify(text) {
      const entry = cache.get(text)
      if (entry !== undefined) return answer(text, entry)
      const parsed = parser.parse(text)
      if (parsed instanceof Promise) return parsed.then((later) => answer(text, cache.add(text, later)))
      return answer(text, cache.add(text, parsed))
    },
  }
}

const none: readonly string[] = []

/** What is kept of a text: its outlines are those of its shape, so that a thousand texts of one shape hold one. */
function shaped(parsed: Parsed, shapes: Shapes): Pick<Entry, 'parsed' | 'shape'> {
  if (!parsed.ok) return { parsed, shape: undefined }
  try {
    const shape = shapes.of(parsed.statements)
    return { parsed: { ok: true, statements: parsed.statements.map(({ text }, i) => ({ text, outline: shape.outlines[i]! })) }, shape }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { parsed, shape: undefined }
  }
}

function answerAnew(text: string, { parsed }: Entry, meaning: () => readonly Classified[]): Classification {
  if (!parsed.ok) return { statements: [unreadable(text, parsed)], readable: false }
  try {
    return { statements: meaning().map((one, i) => ({ ...one, text: parsed.statements[i]!.text })), readable: true }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { statements: [unreadable(text, { code: 'unparsable', reason: 'the statement is nested too deeply' })], readable: false }
  }
}
