import type { Classification, ClassifyContext, DeclaredFunction } from './classified.js'
import { classify, unreadable } from './classify.js'
import type { TargetModel } from './model.js'
import type { Parsed } from './parsed.js'
import type { Parser } from './parser.js'

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
  /** Shared by classifiers of one parser; one of its own unless told. */
  readonly cache?: StatementCache
}

/** Statements that were read, those that were not used for longest forgotten first. */
export interface StatementCache {
  get(text: string): Entry | undefined
  add(text: string, parsed: Parsed): Entry
  readonly size: number
}

export interface Entry {
  readonly parsed: Parsed
  /** Answers by what they depend on beside the text; few, for epochs only move forward. */
  readonly answers: Map<string, Classification>
}

interface Held extends Entry {
  /** How many texts had been added when it was last put behind all others. */
  movedAt: number
}

const maxText = 16 * 1024
const maxAnswers = 4

/** `bytes` bounds the memory of texts and outlines roughly: an outline weighs about eight times its text. */
export function createStatementCache(limits: { readonly entries?: number; readonly bytes?: number } = {}): StatementCache {
  const { entries = 10_000, bytes = 64 << 20 } = limits
  const known = new Map<string, Held>()
  let held = 0
  let added = 0
  const weight = (text: string) => text.length * 20 + 2_000

  return {
    get size() {
      return known.size
    },
    get(text) {
      const entry = known.get(text)
      if (entry === undefined) return undefined
      // Not at each use: a map whose entries move for ever makes its table anew again and again.
      if (added - entry.movedAt > entries >> 3) {
        entry.movedAt = added
        known.delete(text)
        known.set(text, entry)
      }
      return entry
    },
    add(text, parsed) {
      const entry: Held = { parsed, answers: new Map(), movedAt: ++added }
      // A parser that was busy says nothing about the text.
      if (text.length > maxText || (!parsed.ok && parsed.code === 'too_many') || known.has(text)) return entry
      known.set(text, entry)
      held += weight(text)
      for (const oldest of known.keys()) {
        if (known.size <= entries && held <= bytes) break
        known.delete(oldest)
        held -= weight(oldest)
      }
      return entry
    },
  }
}

export function createClassifier(options: ClassifierOptions): Classifier {
  const { parser, cache = createStatementCache() } = options
  const { limits, declared } = options
  const fixed = JSON.stringify([limits, declared])
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
    const known = entry.answers.get(key)
    if (known !== undefined) return known
    const made = answerAnew(text, entry.parsed, now)
    const [oldest] = entry.answers.keys()
    if (entry.answers.size >= maxAnswers && oldest !== undefined) entry.answers.delete(oldest)
    entry.answers.set(key, made)
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

function answerAnew(text: string, parsed: Parsed, context: ClassifyContext): Classification {
  if (!parsed.ok) return { statements: [unreadable(text, parsed)], readable: false }
  try {
    return { statements: classify(parsed, context), readable: true }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { statements: [unreadable(text, { code: 'unparsable', reason: 'the statement is nested too deeply' })], readable: false }
  }
}
