import type { Action } from '@sallyport/core'
import type { TargetModel } from '@sallyport/sql'
import type { TransactionStatus } from './codec/index.js'
import type { Told } from './dialect/question.js'
import { asciiName } from './settings.js'
import { parseSearchPath, type SearchPath, usableSearchPath } from './path.js'

/**
 * The search path that a session has now. It is believed until something was let through that may have changed it, and
 * then asked for: with `SHOW`, which takes no snapshot that a client could notice, or taken from what the target reports
 * (PostgreSQL 18 and later). A caller must resolve no name by it while a question is open.
 */
export interface Naming {
  /** The path is known. False for good where none was pinned at the login and nobody has asked since. */
  known(): boolean
  /** Something may have changed the path. */
  doubted(): boolean
  /** What the target must be asked, or told, first; undefined when nothing is. */
  questions(): readonly string[] | undefined
  told(told: Told): void
  ended(actions: readonly Action[]): void
  /** For a model; the same list for the same model and path. */
  path(model: TargetModel | undefined): SearchPath
  /** As the trail shows it. */
  shown(model: TargetModel | undefined): string
}

export interface NamingOptions {
  readonly role: string
  /** Pinned at the login. */
  readonly path: SearchPath | undefined
  readonly status: () => TransactionStatus
  readonly reported: (setting: string) => string | undefined
  /** What our application_name begins with: it says at the target whose session it is. */
  readonly label: string
}

/** `path`: the statement said so; `all`: code that nobody understood may also have taken another role. */
type Doubt = 'none' | 'path' | 'all'

const questions = ['show search_path', 'show role'] as const

export function createNaming({ role, path: pinned, status, reported, label }: NamingOptions): Naming {
  let path = pinned
  let doubt: Doubt = 'none'
  /** In the open transaction the path was changed: how it ends decides what is left of that. */
  let pending: Doubt = 'none'
  let made: { readonly model: TargetModel | undefined; readonly path: SearchPath; readonly shown: string } | undefined

  function settle(value: string | undefined, acting: string | undefined): void {
    if (value === undefined || (acting !== undefined && acting !== 'none' && acting !== role)) return
    const parsed = parseSearchPath(value)
    if (!parsed) return
    path = parsed
    doubt = 'none'
    made = undefined
  }

  /** The client calls itself something: that goes behind the label, not in its place. */
  function relabelling(): readonly [string] | undefined {
    const name = reported('application_name')
    if (name === undefined || name.startsWith(label)) return undefined
    return [`set application_name = '${asciiName(`${label} ${name}`).replaceAll("'", "''")}'`]
  }

  const isSure = () => doubt === 'none'

  function present(model: TargetModel | undefined): { readonly path: SearchPath; readonly shown: string } {
    if (made?.model === model && made) return made
    const usable = model && path ? usableSearchPath(path, role, model) : nowhere
    made = { model, path: usable, shown: model && path ? usable.join(', ') : 'unknown' }
    return made
  }

  return {
    known: () => path !== undefined,
    doubted() {
      if (doubt === 'path') settle(reported('search_path'), undefined)
      return !isSure()
    },
    questions() {
      if (doubt === 'path') settle(reported('search_path'), undefined)
      const again = relabelling()
      if (isSure()) return again
      return again ? [...questions, ...again] : questions
    },
    told({ results }) {
      const [shown, acting] = results ?? []
      if (acting) settle(shown?.[0]?.[0] ?? undefined, acting[0]?.[0] ?? '')
    },
    ended(actions) {
      if (actions.every(isNeutral) && pending === 'none') return
      const changed = actions.map(doubtAfter).reduce(graver, 'none')
      const undone = status() === 'I' || actions.some(({ verb }) => undoing.has(verb))
      doubt = graver(doubt, graver(changed, undone ? pending : 'none'))
      pending = status() === 'I' ? 'none' : graver(pending, changed)
    },
    path: (model) => present(model).path,
    shown: (model) => present(model).shown,
  }
}

const nowhere: SearchPath = []

const undoing: ReadonlySet<string> = new Set(['commit', 'rollback', 'rollback_to'])
const opaque: ReadonlySet<string> = new Set([
  'execute_unknown',
  'dynamic_sql',
  'unknown_statement',
  'unparsable',
  'indirect',
  'impersonate',
])

/** Going back to the path that the session began with is no change in a policy's eyes. */
const setting: ReadonlySet<string> = new Set(['set', 'reset', 'discard'])

function doubtAfter({ verb, effects, certainty }: Action): Doubt {
  if (certainty !== 'exact' || effects.some((effect) => opaque.has(effect))) return 'all'
  return effects.includes('name_resolution') || setting.has(verb) ? 'path' : 'none'
}

function isNeutral(action: Action): boolean {
  return doubtAfter(action) === 'none'
}

const gravity: Readonly<Record<Doubt, number>> = { none: 0, path: 1, all: 2 }

function graver(one: Doubt, other: Doubt): Doubt {
  return gravity[one] >= gravity[other] ? one : other
}
