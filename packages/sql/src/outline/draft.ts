import type { Node } from '@pgsql/types'
import type {
  Call,
  Change,
  Filter,
  Level,
  Name,
  ObjectName,
  Outline,
  OutlineControl,
  Output,
  Made,
  Merge,
  Ref,
  Result,
  Setting,
  Source,
  Use,
  Window,
} from './outline.js'

/** An outline in the making. Handlers add to it; nothing is ever taken back. */
export interface Draft {
  verb: string
  readonly effects: Set<string>
  control: OutlineControl
  returnsRows: boolean
  limit?: number | null
  explains?: readonly string[]
  readonly unknown: Set<string>
  readonly levels: DraftLevel[]
  readonly calls: Map<string, Call>
  readonly operators: Map<string, Name>
  readonly types: Map<string, Name>
  readonly objects: ObjectName[]
  readonly changes: Change[]
  readonly settings: Setting[]
  result?: Result
  unlisted?: true
  inner?: Outline
  /** What goes into the value that is being read. */
  gathered?: Gathered | undefined
  /** Nodes that a handler took charge of; `grammar` tells what was forgotten. */
  readonly seen: Set<object>
  /** Which levels a sub-select became, last one excluded. */
  readonly queries: Map<object, readonly [number, number]>
  /** Calls of set_config of which a condition says the name. */
  readonly namedCalls: Map<object, string>
  /** EXPLAIN without ANALYZE: nothing is changed. */
  planned: boolean
  readonly readers: Readers
}

/** Ways back up the tree, from expressions to queries and statements. */
export interface Readers {
  /** A SELECT, VALUES, or data-modifying statement as a level of its own; answers with its index. */
  query(draft: Draft, node: Node, place: Place): number
  /** A statement inside a statement: elements of CREATE SCHEMA, actions of a rule. */
  statement(draft: Draft, node: Node): void
}

/** Where a query stands. `use` is what becomes of its outputs; `none`: nothing, as under EXISTS. */
export interface Place {
  readonly outer: Window | undefined
  readonly ctes: Ctes | undefined
  readonly use: Use | 'none' | undefined
  /** Level made beforehand, so that a recursive query can name itself. */
  readonly level?: number
}

export interface DraftLevel {
  readonly outer?: Window
  readonly sources: Source[]
  readonly outputs: Output[]
  renamed?: { names: readonly string[]; added: readonly string[] }
  readonly refs: Ref[]
  readonly refKeys: Map<string, number>
  readonly merges: Merge[]
  arms?: readonly [number, number]
  keys?: true | readonly (number | string)[]
  unread?: true
  targetLast?: true
  compares?: true | readonly string[]
  readonly filters: Filter[]
  bounded?: true
}

/** Names of common table expressions in reach, innermost first. */
export interface Ctes {
  readonly name: string
  readonly level: number
  readonly next: Ctes | undefined
}

interface Gathered {
  readonly level: number
  /** Also what only decides: the value itself does nothing else. */
  readonly every: boolean
  readonly of: Set<number>
  readonly levels: Set<number>
}

/** Where an expression stands. */
export interface Scope {
  readonly window: Window
  readonly ctes: Ctes | undefined
  readonly use: Use | undefined
}

export function newDraft(readers: Readers, seen: Set<object> = new Set()): Draft {
  return {
    verb: 'unknown',
    effects: new Set(),
    control: { kind: 'none' },
    returnsRows: false,
    unknown: new Set(),
    levels: [],
    calls: new Map(),
    operators: new Map(),
    types: new Map(),
    objects: [],
    changes: [],
    settings: [],
    seen,
    queries: new Map(),
    namedCalls: new Map(),
    planned: false,
    readers,
  }
}

export function finish(draft: Draft): Outline {
  const { verb, control, returnsRows, limit, explains, result, unlisted, objects, changes, settings, inner } = draft
  return {
    verb,
    effects: [...draft.effects],
    control,
    returnsRows,
    ...(limit === undefined ? {} : { limit }),
    ...(explains === undefined ? {} : { explains }),
    unknown: [...draft.unknown],
    ...(result === undefined ? {} : { result }),
    ...(unlisted === undefined ? {} : { unlisted }),
    levels: draft.levels.map(({ refKeys: _refKeys, ...level }): Level => level),
    calls: [...draft.calls.values()],
    operators: [...draft.operators.values()],
    types: [...draft.types.values()],
    objects,
    changes,
    settings,
    ...(inner === undefined ? {} : { inner }),
  }
}

export function newLevel(draft: Draft, outer: Window | undefined): number {
  const level: DraftLevel = { sources: [], outputs: [], refs: [], refKeys: new Map(), merges: [], filters: [] }
  return draft.levels.push(outer === undefined ? level : { ...level, outer }) - 1
}

export function addSource(draft: Draft, level: number, source: Source): number {
  return draft.levels[level]!.sources.push(source) - 1
}

/** Everything of a level that is in place by now. */
export function wholeLevel(draft: Draft, level: number): Window {
  return { level, from: 0, to: draft.levels[level]!.sources.length }
}

type RefExtra = Pick<Ref, 'star' | 'optional' | 'field' | 'cast' | 'called' | 'test'>

export function addRef(draft: Draft, scope: Scope, name: Name, extra: RefExtra = {}): number {
  const { level, from, to } = scope.window
  const { refs, refKeys } = draft.levels[level]!
  const key = JSON.stringify([name, extra, from, to, scope.use])
  const known = extra.test === undefined ? refKeys.get(key) : undefined
  const index = known ?? refs.push({ name, from, to, ...(scope.use === undefined ? {} : { use: scope.use }), ...extra }) - 1
  refKeys.set(key, index)
  if (draft.gathered?.level === level && (draft.gathered.every || isValue(scope.use))) draft.gathered.of.add(index)
  return index
}

/** A reference that was read already, if it was, whatever is held against it there. */
export function knownRef(draft: Draft, scope: Scope, name: Name): number {
  const { level, from, to } = scope.window
  const known = draft.levels[level]!.refKeys.get(JSON.stringify([name, { test: 'equality' }, from, to, scope.use]))
  return known ?? addRef(draft, scope, name)
}

/** What decides on rows has a use of its own and goes into no value. */
function isValue(use: Scope['use']): boolean {
  return use !== 'predicate' && use !== 'key'
}

/** Tells what goes into a value of a level while `read` reads it. */
export function gather(draft: Draft, { window: { level }, use }: Scope, read: () => void): Made {
  const outer = draft.gathered
  const mine: Gathered = { level, every: !isValue(use), of: new Set(), levels: new Set() }
  draft.gathered = mine
  read()
  draft.gathered = outer
  // What goes into a part of a value goes into the value.
  if (outer?.level === level) for (const ref of mine.of) outer.of.add(ref)
  if (outer?.level === level) for (const each of mine.levels) outer.levels.add(each)
  return {
    ...(mine.of.size === 0 ? {} : { of: [...mine.of] }),
    ...(mine.levels.size === 0 ? {} : { levels: [...mine.levels] }),
  }
}

/** What goes into a value has one more use there: it is sorted and compared, or decides how many rows there are. */
export function alsoUsed(draft: Draft, scope: Scope, { of = [], levels = [] }: Made): void {
  const { refs } = draft.levels[scope.window.level]!
  for (const ref of of) {
    const { name, from, to, use: _use, ...extra } = refs[ref]!
    addRef(draft, { ...scope, window: { ...scope.window, from, to } }, name, extra)
  }
  for (const level of levels) addKey(draft, level, true)
}

/** Outputs of the level are compared, sorted or grouped by. */
export function addKey(draft: Draft, index: number, key: true | number | string): void {
  const level = draft.levels[index]
  if (level === undefined || level.keys === true) return
  level.keys = key === true ? true : [...new Set([...(level.keys ?? []), key])]
}

/** The outputs of a sub-select go into the value that is being read. */
export function gatherLevel(draft: Draft, level: number, use: Place['use']): void {
  if (use !== 'none' && isValue(use)) draft.gathered?.levels.add(level)
}

/** The same call in a thousand rows is one call. */
export function addCall(draft: Draft, call: Call): void {
  draft.calls.set(JSON.stringify(call), call)
}

export function addOperator(draft: Draft, name: Name): void {
  draft.operators.set(name.join('\0'), name)
}

export function addType(draft: Draft, name: Name): void {
  draft.types.set(name.join('\0'), name)
}

/** A wrapped node taken apart; `undefined` for the empty places that lists may have. */
export function unwrap(node: Node | undefined): { readonly kind: string; readonly fields: object } | undefined {
  if (node === undefined) return undefined
  const entry = Object.entries(node)[0]
  return entry === undefined ? undefined : { kind: entry[0], fields: entry[1] }
}

/** The parts of a qualified name; a part that is not a string makes it no name. */
export function nameOf(nodes: readonly Node[] | undefined): Name | undefined {
  const parts = stringsOf(nodes)
  return parts.length > 0 && parts.length === nodes?.length ? parts : undefined
}

export function stringsOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []))
}
