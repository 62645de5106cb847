import { hash } from 'node:crypto'
import type { Action, Param } from '@sallyport/core'
import type { Classified, Control } from '@sallyport/sql'
import { encodeText, type Space } from '../codec/index.js'
import { parseDuration } from '../duration.js'
import { timeLimits } from '../target-fields.js'
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
  /** It may open a transaction block. */
  begins: boolean
  /** It does more than to open one or to set something: what it takes there is kept until the end. */
  works: boolean
  /** Data that comes later decides what it does. */
  unseen: boolean
  /** It may set which isolation transactions have. */
  isolation: IsolationChange | undefined
  /** It sets how long something may take, in order. */
  timeouts: readonly TimeoutChange[] | undefined
}

export interface IsolationChange {
  /** The statement that does it: equal texts, equal isolation. Undefined: as the session began. */
  readonly by: string | undefined
  readonly local: boolean
}

export interface TimeoutChange {
  /** Undefined: all of them. */
  readonly name: string | undefined
  /** Milliseconds, 0 for no limit; undefined: what the session began with. */
  readonly to: number | undefined
  readonly local: boolean
}

export function createFlags(): Flags {
  return {
    neutral: true,
    renames: false,
    alone: false,
    listens: false,
    copyOut: false,
    begins: false,
    works: false,
    unseen: false,
    isolation: undefined,
    timeouts: undefined,
  }
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

export function noteControl(flags: Flags, { control, action, text }: Classified): void {
  const { changesSettings, changesNames, changesLexing, ddl, kind } = control
  if (changesSettings || changesNames || changesLexing || ddl || !neutralKinds.has(kind) || action.certainty !== 'exact') {
    flags.neutral = false
  }
  flags.renames ||= changesNames || ddl
  flags.alone ||= changesNames && (kind === 'set' || kind === 'reset' || kind === 'discard')
  flags.alone ||= action.effects.some((effect) => effect === 'name_resolution' || effect === 'lexing')
  flags.listens ||= kind === 'listen'
  flags.copyOut ||= kind === 'copy_out'
  flags.begins ||= kind === 'begin'
  flags.works ||= kind !== 'begin' && kind !== 'set' && kind !== 'reset'
  flags.unseen ||= kind === 'copy_in'
  flags.isolation = isolationOf(control, text) ?? flags.isolation
  const timeout = timeoutOf(control)
  if (timeout) flags.timeouts = [...(flags.timeouts ?? []), timeout]
}

/** By its words, for what it says beyond them changes nothing: a statement more than necessary only asks people again. */
function isolationOf(control: Control, text: string): IsolationChange | undefined {
  const { kind } = control
  if (kind === 'begin' || kind === 'set') {
    return /isolation/i.test(text) ? { by: brief(text), local: kind === 'begin' || !/session|default/i.test(text) } : undefined
  }
  const resets = kind === 'reset' ? control.name === undefined || /isolation/i.test(text) : kind === 'discard' && control.what === 'all'
  return resets ? { by: undefined, local: false } : undefined
}

/** It goes with every unit and into the trail: a long one is told by its digest. */
function brief(text: string): string {
  return text.length <= 200 ? text : `sha256 ${hash('sha256', text, 'hex')}`
}

function timeoutOf(control: Control): TimeoutChange | undefined {
  const { kind } = control
  if (kind === 'set') {
    const { name, value, local } = control
    return isTimeLimit(name) ? { name, to: value === undefined ? undefined : parseDuration(value), local } : undefined
  }
  if (kind === 'reset' && (control.name === undefined || isTimeLimit(control.name)))
    return { name: control.name, to: undefined, local: false }
  return kind === 'discard' && control.what === 'all' ? { name: undefined, to: undefined, local: false } : undefined
}

function isTimeLimit(name: string): boolean {
  return timeLimits.some((limit) => limit === name)
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
    const made: Statement = {
      made: control.kind,
      text,
      raw: encodeText(text),
      types: [],
      meant: control.kind === 'prepare' ? inside(statement) : undefined,
    }
    if (control.kind === 'prepare') return { space: 'statements', name: control.name, to: made }
    return { space: 'portals', name: control.name, to: { statement: made, params, hold: control.hold, meant: statement } }
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
  const known = preparing.get(action)
  if (known) return known
  const made = { ...action, facts: { ...action.facts, prepares: true } }
  preparing.set(action, made)
  return made
}

/** One object for each, for decisions are remembered by it. */
const preparing = new WeakMap<Action, Action>()

/** What a statement is judged as when it runs, in SQL or in the protocol. */
export function asRun({ action, control }: Classified): Action {
  return control.kind === 'prepare' ? prepared(action) : action
}

/** What EXECUTE or Bind of a prepared name runs, without the PREPARE around it; of anything else itself. */
export function inside(statement: Classified): Classified {
  const { text, control } = statement
  if (control.kind !== 'prepare') return statement
  const { inner, innerFlags, innerOutputs } = control
  return { text, action: inner, control: { ...innerFlags, kind: 'none' }, ...(innerOutputs && { outputs: innerOutputs }) }
}

export function withTypes(params: readonly Param[], types: readonly number[]): readonly Param[] {
  if (!types.some((type) => type !== 0)) return params
  return params.map((param, i) => (types[i] ? { ...param, type: String(types[i]) } : param))
}
