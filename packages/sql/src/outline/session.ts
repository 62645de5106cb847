import type {
  CopyStmt,
  DeclareCursorStmt,
  DiscardStmt,
  ExecuteStmt,
  ExplainStmt,
  FetchStmt,
  Node,
  PrepareStmt,
  TransactionStmt,
  VariableSetStmt,
} from '@pgsql/types'
import type { Draft, Place, Scope } from './draft.js'
import { addRef, addSource, finish, newDraft, newLevel, stringsOf, wholeLevel } from './draft.js'
import { walk, walkAll } from './expression.js'
import { relationSource } from './from.js'
import { addCreated } from './objects.js'
import type { OutlineControl } from './outline.js'
import { literal, setting } from './settings.js'

/** A level in which any column may exist: for expressions whose relations are not followed, or `empty` ones, just being made. */
export function openScope(draft: Draft, use: Scope['use'], empty?: 'empty'): Scope {
  const level = newLevel(draft, undefined)
  addSource(draft, level, { kind: 'open', ...(empty === undefined ? {} : { followed: true }) })
  return { window: wholeLevel(draft, level), ctes: undefined, use }
}

export function readTransaction(draft: Draft, node: TransactionStmt): void {
  const word = (node.kind ?? '').replace('TRANS_STMT_', '').toLowerCase()
  draft.verb = word === 'start' ? 'begin' : word
  draft.effects.add('tx')
  for (const option of node.options ?? []) if (writable(option)) draft.effects.add('tx_read_write')
  draft.control = transactionControl(node)
  if (draft.control.kind === 'twophase') draft.effects.add('twophase')
}

function transactionControl({ kind, chain, savepoint_name: name = '' }: TransactionStmt): OutlineControl {
  const chained = chain === true ? { chain } : {}
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return { kind: 'begin' }
  if (kind === 'TRANS_STMT_COMMIT') return { kind: 'commit', ...chained }
  if (kind === 'TRANS_STMT_ROLLBACK') return { kind: 'rollback', ...chained }
  if (kind === 'TRANS_STMT_SAVEPOINT') return { kind: 'savepoint', name }
  if (kind === 'TRANS_STMT_RELEASE') return { kind: 'release', name }
  return kind === 'TRANS_STMT_ROLLBACK_TO' ? { kind: 'rollback_to', name } : { kind: 'twophase' }
}

/** READ WRITE among the modes of a transaction. */
function writable(option: Node): boolean {
  return 'DefElem' in option && option.DefElem.defname === 'transaction_read_only' && literal(option.DefElem.arg) !== '1'
}

export function readVariableSet(draft: Draft, node: VariableSetStmt): void {
  const { kind, name = '', args = [] } = node
  if (kind === 'VAR_SET_MULTI') return readModes(draft, name, args)
  if (kind === 'VAR_RESET_ALL' || kind === 'VAR_RESET') {
    draft.verb = 'reset'
    draft.control = { kind: 'reset', name: kind === 'VAR_RESET' ? name.toLowerCase() : undefined }
    draft.settings.push(setting('reset', kind === 'VAR_RESET' ? name : undefined, undefined))
    return
  }
  draft.verb = 'set'
  const literals = args.map(literal)
  const value = kind === 'VAR_SET_VALUE' && literals.every((each) => each !== undefined) ? literals.join(', ') : undefined
  draft.control = { kind: 'set', name: name.toLowerCase(), local: node.is_local === true, ...(value === undefined ? {} : { value }) }
  walkAll(draft, args, openScope(draft, undefined))
  draft.settings.push(setting(kind === 'VAR_SET_DEFAULT' ? 'reset' : 'set', name, value))
}

function readModes(draft: Draft, name: string, args: readonly Node[]): void {
  draft.verb = 'set'
  draft.control = { kind: 'set', name: name.toLowerCase(), local: name === 'TRANSACTION' }
  draft.effects.add(name === 'TRANSACTION' ? 'tx' : name === 'SESSION CHARACTERISTICS' ? 'session_ok' : 'unsafe_setting')
  for (const option of args) if (writable(option)) draft.effects.add('tx_read_write')
}

export function readDiscard(draft: Draft, node: DiscardStmt): void {
  const what = { DISCARD_PLANS: 'plans', DISCARD_SEQUENCES: 'sequences', DISCARD_TEMP: 'temp' } as const
  const known = node.target === undefined || node.target === 'DISCARD_ALL' ? 'all' : what[node.target]
  draft.control = { kind: 'discard', what: known }
  draft.effects.add(known === 'temp' ? 'ddl' : 'session_ok')
  if (known === 'all') draft.settings.push(setting('reset', undefined, undefined))
}

export function readPrepare(draft: Draft, node: PrepareStmt): void {
  draft.control = { kind: 'prepare', name: node.name ?? '' }
  walkAll(draft, node.argtypes, openScope(draft, undefined))
  const inner = newDraft(draft.readers, draft.seen)
  if (node.query !== undefined) draft.readers.statement(inner, node.query)
  draft.inner = finish(inner)
}

export function readExecute(draft: Draft, node: ExecuteStmt): void {
  draft.effects.add('indirect')
  draft.control = { kind: 'execute', name: node.name ?? '', run: !draft.planned }
  draft.returnsRows = true
  walkAll(draft, node.params, openScope(draft, 'derived'))
}

const holdOption = 0x20

export function readDeclare(draft: Draft, node: DeclareCursorStmt): void {
  draft.control = { kind: 'declare', name: node.portalname ?? '', hold: ((node.options ?? 0) & holdOption) !== 0 }
  if (node.query === undefined) return
  draft.result = { level: draft.readers.query(draft, node.query, { outer: undefined, ctes: undefined, use: 'output' }) }
}

export function readFetch(draft: Draft, node: FetchStmt): void {
  draft.verb = node.ismove === true ? 'move' : 'fetch'
  draft.control = { kind: 'fetch', name: node.portalname ?? '' }
  draft.returnsRows = node.ismove !== true
}

/** Options repeat and the last one wins; what is not surely off is on. */
function explainOptions(options: readonly Node[] | undefined): ReadonlySet<string> {
  const on = new Set<string>()
  for (const node of options ?? []) {
    if (!('DefElem' in node)) continue
    const { arg, defname = '' } = node.DefElem
    const word =
      arg === undefined ? 'true' : 'String' in arg ? arg.String.sval : 'Integer' in arg ? String(arg.Integer.ival ?? 0) : literal(arg)
    if (['false', 'off', '0'].includes((word ?? '').toLowerCase())) on.delete(defname.toLowerCase())
    else on.add(defname.toLowerCase())
  }
  return on
}

export function readExplain(draft: Draft, node: ExplainStmt): void {
  const options = explainOptions(node.options)
  const run = options.has('analyze')
  draft.explains = [...options].toSorted()
  const { query } = node
  draft.planned = !run
  if (query !== undefined) {
    const planned = run ? undefined : definition(query)
    if (planned === undefined) draft.readers.statement(draft, query)
    else planned(draft)
  }
  draft.verb = 'explain'
  draft.result = 'plan'
  draft.effects.add('read').add('explain')
  if (draft.control.kind !== 'execute') draft.control = { kind: 'none' }
  draft.returnsRows = true
}

/** What EXPLAIN only plans of a statement that would make something: its query. */
function definition(node: Node): ((draft: Draft) => void) | undefined {
  if ('CreateTableAsStmt' in node) {
    const { query, into } = node.CreateTableAsStmt
    return (draft) => {
      if (into?.rel !== undefined) draft.seen.add(into.rel)
      if (query !== undefined) draft.readers.statement(draft, query)
    }
  }
  if (!('RefreshMatViewStmt' in node)) return undefined
  return (draft) => {
    const { relation } = node.RefreshMatViewStmt
    if (relation !== undefined) addSource(draft, newLevel(draft, undefined), relationSource(draft, relation, 'read'))
  }
}

export function readCopy(draft: Draft, node: CopyStmt): void {
  const effects = node.is_from === true ? ['write', 'insert', 'bulk_import'] : ['read', 'bulk_export']
  for (const effect of effects) draft.effects.add(effect)
  if (node.is_program === true) draft.effects.add('execute_code')
  else if (node.filename !== undefined) draft.effects.add('filesystem')
  else draft.control = { kind: node.is_from === true ? 'copy_in' : 'copy_out' }
  const inner: Place = { outer: undefined, ctes: undefined, use: 'copy' }
  if (node.query !== undefined) draft.result = { level: draft.readers.query(draft, node.query, inner) }
  if (node.relation !== undefined) readCopyRelation(draft, node)
}

function readCopyRelation(draft: Draft, node: CopyStmt): void {
  const level = newLevel(draft, undefined)
  const columns = node.attlist === undefined ? undefined : stringsOf(node.attlist)
  const source = relationSource(draft, node.relation!, node.is_from === true ? 'write' : 'read')
  addSource(draft, level, { ...source, ...(node.is_from === true && columns !== undefined ? { writes: columns } : {}) })
  const scope: Scope = { window: wholeLevel(draft, level), ctes: undefined, use: 'copy' }
  if (node.is_from !== true) {
    const { outputs } = draft.levels[level]!
    if (columns === undefined) outputs.push({ star: addRef(draft, scope, [], { star: true }) })
    else for (const name of columns) outputs.push({ refs: [addRef(draft, scope, [name])] })
    draft.result = { level, ...(columns === undefined ? { whole: true } : {}) }
  }
  walk(draft, node.whereClause, { ...scope, use: 'predicate' })
}

/** SELECT INTO and CREATE TABLE AS: a new relation with what the query gives. */
export function readInto(draft: Draft, into: { readonly rel?: Parameters<typeof addCreated>[1] } | undefined): void {
  for (const effect of ['write', 'ddl']) draft.effects.add(effect)
  addCreated(draft, into?.rel)
}
