import type { Action, Param } from '@sallyport/core'
import type { Classified, Control } from '@sallyport/sql'
import { encodeText, type Space } from '../codec/index.js'
import { type Change, forgotten, type Statement } from './names.js'

/**
 * What a classified statement means for the session's state: names it makes or drops, and whether later statements may be
 * judged before it has ended. It permits nothing.
 */
export interface Flags {
  /** Leaves the meaning of later statements alone, or at most adds a name, which is tracked. */
  neutral: boolean
  /** Names may resolve differently afterwards. */
  renames: boolean
  lexing: boolean
  listens: boolean
  copyIn: boolean
  copyOut: boolean
}

export function createFlags(): Flags {
  return { neutral: true, renames: false, lexing: false, listens: false, copyIn: false, copyOut: false }
}

const neutralKinds: ReadonlySet<Control['kind']> = new Set([
  'none',
  'begin',
  'savepoint',
  'release',
  'prepare',
  'execute',
  'deallocate',
  'declare',
  'fetch',
  'close_cursor',
  'copy_out',
  'listen',
  'unlisten',
  'notify',
])

export function noteControl(flags: Flags, { control, action }: Classified): void {
  const { changesSettings, changesNames, changesLexing, ddl, kind } = control
  if (changesSettings || changesNames || changesLexing || ddl || !neutralKinds.has(kind) || action.certainty !== 'exact') {
    flags.neutral = false
  }
  flags.renames ||= changesNames
  flags.lexing ||= changesLexing
  flags.listens ||= kind === 'listen'
  flags.copyIn ||= kind === 'copy_in'
  flags.copyOut ||= kind === 'copy_out'
}

/** What executing it does to names. */
export function changeOf({ control, text }: Classified, params: readonly Param[]): Change | undefined {
  if (control.kind === 'prepare' || control.kind === 'declare') {
    const made: Statement = { made: control.kind, text, raw: encodeText(text), types: [] }
    if (control.kind === 'prepare') return { space: 'statements', name: control.name, to: made }
    return { space: 'portals', name: control.name, to: { statement: made, params, hold: control.hold } }
  }
  if (control.kind === 'deallocate') return dropped('statements', control.name)
  if (control.kind === 'close_cursor') return dropped('portals', control.name)
  return control.kind === 'discard' && control.what === 'all' ? { space: 'both', all: true } : undefined
}

function dropped(space: Space, name: string | undefined): Change {
  return name === undefined ? { space, all: true } : forgotten(space, name)
}

/** Preparing runs nothing: whoever judges may let it pass where running it must wait. */
export function prepared(action: Action): Action {
  return { ...action, facts: { ...action.facts, prepares: true } }
}

export function joined(outer: Action, inner: Action): Action {
  return {
    ...inner,
    verb: outer.verb,
    effects: [...new Set([...outer.effects.filter((effect) => effect !== 'indirect'), ...inner.effects])],
    touches: [...outer.touches, ...inner.touches],
    functions: [...new Set([...(outer.functions ?? []), ...(inner.functions ?? [])])],
    facts: { ...outer.facts, ...inner.facts },
  }
}

export function withTypes(params: readonly Param[], types: readonly number[]): readonly Param[] {
  if (!types.some((type) => type !== 0)) return params
  return params.map((param, i) => (types[i] ? { ...param, type: String(types[i]) } : param))
}
