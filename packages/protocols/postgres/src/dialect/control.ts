import type { Action, Param } from '@sallyport/core'
import type { Classified, Control, Lineage } from '@sallyport/sql'
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
  /** It says that it changes how names resolve or text is read: nothing may share its unit. */
  alone: boolean
  listens: boolean
  copyOut: boolean
}

export function createFlags(): Flags {
  return { neutral: true, renames: false, alone: false, listens: false, copyOut: false }
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
  flags.renames ||= changesNames || ddl
  flags.alone ||= changesNames && (kind === 'set' || kind === 'reset' || kind === 'discard')
  flags.alone ||= action.effects.some((effect) => effect === 'name_resolution' || effect === 'lexing')
  flags.listens ||= kind === 'listen'
  flags.copyOut ||= kind === 'copy_out'
}

const modes: ReadonlySet<string> = new Set(['transaction_read_only', 'default_transaction_read_only'])

/** It leaves read-only mode, or sets something in a way that does not say what. */
export function mayMakeWritable({ action, control }: Classified): boolean {
  if (action.effects.includes('tx_read_write')) return true
  if (control.kind === 'set' || control.kind === 'reset') return control.name !== undefined && modes.has(control.name)
  return action.effects.includes('unsafe_setting')
}

/** What executing it does to names. */
export function changeOf(statement: Classified, params: readonly Param[]): Change | undefined {
  const { control, text } = statement
  if (control.kind === 'prepare' || control.kind === 'declare') {
    const made: Statement = { made: control.kind, text, raw: encodeText(text), types: [] }
    if (control.kind === 'prepare') return { space: 'statements', name: control.name, to: made }
    return { space: 'portals', name: control.name, to: { statement: made, params, hold: control.hold, opened: statement } }
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

/** What EXECUTE or Bind of a prepared name runs, without the PREPARE around it. */
export function preparedInside(
  { text }: Classified,
  { inner, innerFlags, innerOutputs }: Extract<Control, { kind: 'prepare' }>,
): Classified {
  return { text, action: inner, control: { ...innerFlags, kind: 'none' }, ...(innerOutputs && { outputs: innerOutputs }) }
}

/** FETCH, with all that the cursor's query reads: it is judged as if it were run again. */
export function withCursor(fetch: Classified, cursor: Classified): Classified {
  const action = joined(fetch.action, cursor.action)
  return { text: fetch.text, control: fetch.control, action, ...(cursor.outputs && { outputs: cursor.outputs }) }
}

/**
 * What an open portal runs: names were resolved when it was opened, and rights go by what they stand for now. It counts as
 * both.
 */
export function asOpened(now: Classified, then: Classified | undefined): Classified {
  if (!then || then === now) return now
  const outputs = then.outputs && now.outputs && eitherOutputs(then.outputs, now.outputs)
  return { text: now.text, control: now.control, action: joined(now.action, then.action), ...(outputs && { outputs }) }
}

function eitherOutputs(a: readonly Lineage[], b: readonly Lineage[]): readonly Lineage[] | undefined {
  if (a.length !== b.length) return undefined
  const both = (x: readonly string[], y: readonly string[]) => [...new Set([...x, ...y])]
  return a.map(({ bare, derived }, i) => ({ bare: both(bare, b[i]!.bare), derived: both(derived, b[i]!.derived) }))
}

function joined(outer: Action, inner: Action): Action {
  const exact = outer.certainty === 'exact' && inner.certainty === 'exact'
  const reason = outer.reason ?? inner.reason
  return {
    verb: outer.verb,
    effects: [...new Set([...outer.effects, ...inner.effects])],
    touches: [...outer.touches, ...inner.touches],
    functions: [...new Set([...(outer.functions ?? []), ...(inner.functions ?? [])])],
    facts: { ...inner.facts, ...outer.facts },
    certainty: exact ? 'exact' : 'unknown',
    ...(exact || reason === undefined ? {} : { reason }),
  }
}

export function withTypes(params: readonly Param[], types: readonly number[]): readonly Param[] {
  if (!types.some((type) => type !== 0)) return params
  return params.map((param, i) => (types[i] ? { ...param, type: String(types[i]) } : param))
}
