import type { Node } from '@pgsql/types'
import * as ddl from './ddl.js'
import { readDelete, readInsert, readMerge, readUpdate } from './dml.js'
import type { Draft, Place, Readers } from './draft.js'
import { addRef, addSource, newLevel, unwrap, wholeLevel } from './draft.js'
import { queryKinds, walk, walkAll, walkFields } from './expression.js'
import { relationSource } from './from.js'
import { addCreated, addFunction, addNamed, addObject, markSeen, wordOf } from './objects.js'
import { literalCount, readSelect } from './select.js'
import * as session from './session.js'

type Kind = Node extends infer Each ? (Each extends unknown ? keyof Each : never) : never
type FieldsOf<K extends Kind> = Extract<Node, Record<K, unknown>>[K]
type Handler<K extends Kind> = (draft: Draft, node: FieldsOf<K>) => void

/** What a statement is called, what it does by its kind alone, and how its parts are read. */
interface Entry {
  readonly verb: string
  readonly effects: readonly string[]
  readonly read: (draft: Draft, node: object) => void
}

function entry<K extends Kind>(kind: K, verb: string, effects: string, read: Handler<K>): readonly [string, Entry] {
  return [kind, { verb, effects: effects.split(' ').filter(Boolean), read: read as (draft: Draft, node: object) => void }]
}

/** A definition: relations in it are written, expressions in it are classified, nothing else happens now. */
function defines<K extends Kind>(
  kind: K,
  verb: string,
  effects: string,
  more?: Handler<K>,
  skip: readonly string[] = [],
): readonly [string, Entry] {
  return entry(kind, verb, effects, (draft, node) => {
    more?.(draft, node)
    walkFields(draft, { kind, fields: node as object }, session.openScope(draft, 'derived'), skip)
  })
}

const setstmt = ['setstmt']

const entries: readonly (readonly [string, Entry])[] = [
  entry('TransactionStmt', 'transaction', '', session.readTransaction),
  entry('VariableSetStmt', 'set', '', session.readVariableSet),
  entry('VariableShowStmt', 'show', 'read', (draft, node) => {
    draft.returnsRows = true
    const all = node.name?.toLowerCase() === 'all'
    draft.result = { columns: all ? 3 : 1 }
    if (all) draft.effects.add('introspect_settings')
  }),
  entry('DiscardStmt', 'discard', '', session.readDiscard),
  entry('ConstraintsSetStmt', 'set_constraints', 'tx', (draft, node) => markSeen(draft, node.constraints)),
  entry('PrepareStmt', 'prepare', 'prepare', session.readPrepare),
  entry('ExecuteStmt', 'execute', '', session.readExecute),
  entry('DeallocateStmt', 'deallocate', 'prepare', (draft, node) => {
    draft.control = { kind: 'deallocate', name: node.isall === true ? undefined : node.name }
  }),
  entry('DeclareCursorStmt', 'declare', 'cursor', session.readDeclare),
  entry('FetchStmt', 'fetch', 'cursor', session.readFetch),
  entry('ClosePortalStmt', 'close', 'cursor', (draft, node) => {
    draft.control = { kind: 'close_cursor', name: node.portalname }
  }),
  entry('ExplainStmt', 'explain', '', session.readExplain),
  entry('CopyStmt', 'copy', '', session.readCopy),
  entry('ListenStmt', 'listen', 'notify', (draft, node) => {
    draft.control = { kind: 'listen', channel: node.conditionname ?? '' }
  }),
  entry('UnlistenStmt', 'unlisten', 'session_ok', (draft, node) => {
    draft.control = { kind: 'unlisten', channel: node.conditionname }
  }),
  entry('NotifyStmt', 'notify', 'notify', (draft, node) => {
    draft.control = { kind: 'notify', channel: node.conditionname ?? '' }
  }),
  entry('DoStmt', 'do', 'execute_unknown', () => undefined),
  entry('CallStmt', 'call', 'execute_unknown', (draft, node) => {
    draft.returnsRows = true
    if (node.funccall !== undefined) walk(draft, { FuncCall: node.funccall }, session.openScope(draft, 'derived'))
  }),
  entry('TruncateStmt', 'truncate', 'write truncate', (draft, node) => {
    draft.changes.push({ kind: 'truncate' })
    walkAll(draft, node.relations, session.openScope(draft, undefined))
  }),
  defines('LockStmt', 'lock', 'lock'),
  defines('VacuumStmt', 'vacuum', 'maintenance', (draft, node) => {
    if (node.is_vacuumcmd !== true) draft.verb = 'analyze'
  }),
  defines('ClusterStmt', 'cluster', 'maintenance'),
  entry('ReindexStmt', 'reindex', 'maintenance', (draft, node) => {
    const kind = (node.kind ?? '').replace('REINDEX_OBJECT_', '').toLowerCase()
    if (node.name !== undefined) addNamed(draft, kind, node.name)
    ddl.readAlterObject(
      draft,
      kind === 'index' ? 'OBJECT_INDEX' : 'OBJECT_TABLE',
      node.relation === undefined ? {} : { relation: node.relation },
    )
  }),
  entry('CheckPointStmt', 'checkpoint', 'admin', () => undefined),
  entry('AlterSystemStmt', 'alter_system', 'admin persist_setting', (draft, node) => {
    if (node.setstmt?.name !== undefined) addNamed(draft, 'setting', node.setstmt.name)
  }),
  entry('LoadStmt', 'load', 'execute_code', () => undefined),

  entry('GrantStmt', 'grant', 'privilege', ddl.readGrant),
  defines('GrantRoleStmt', 'grant_role', 'privilege'),
  entry('AlterDefaultPrivilegesStmt', 'alter_default_privileges', 'privilege', (draft, node) => {
    markSeen(draft, node.options)
    if (node.action !== undefined) markSeen(draft, { GrantStmt: node.action })
  }),
  defines('CreateRoleStmt', 'create_role', 'privilege', (draft, node) => addNamed(draft, 'role', node.role)),
  defines('AlterRoleStmt', 'alter_role', 'privilege', (draft, node) => addNamed(draft, 'role', node.role?.rolename)),
  defines(
    'AlterRoleSetStmt',
    'alter_role',
    'privilege persist_setting',
    (draft, node) => addNamed(draft, 'role', node.role?.rolename),
    setstmt,
  ),
  defines('DropRoleStmt', 'drop_role', 'privilege'),
  defines('ReassignOwnedStmt', 'reassign_owned', 'privilege'),
  defines('DropOwnedStmt', 'drop_owned', 'privilege'),
  entry('AlterOwnerStmt', 'alter', 'privilege', (draft, node) => {
    draft.verb = `alter_${wordOf(node.objectType)}`
    ddl.readAlterObject(draft, node.objectType, node)
  }),
  defines('CreatePolicyStmt', 'create_policy', 'privilege'),
  defines('AlterPolicyStmt', 'alter_policy', 'privilege'),
  entry('SecLabelStmt', 'security_label', 'privilege', (draft, node) => addObject(draft, node.objtype, node.object)),

  entry('AlterTableStmt', 'alter_table', 'ddl', ddl.readAlterTable),
  entry('DropStmt', 'drop', '', ddl.readDrop),
  entry('CommentStmt', 'comment', 'ddl', ddl.readComment),
  entry('RenameStmt', 'alter', '', ddl.readRename),
  entry('AlterObjectSchemaStmt', 'alter', '', (draft, node) => {
    draft.verb = `alter_${wordOf(node.objectType)}`
    for (const effect of ddl.effectsOfType(node.objectType)) draft.effects.add(effect)
    ddl.readAlterObject(draft, node.objectType, node)
  }),
  entry('AlterObjectDependsStmt', 'alter_depends', 'ddl', (draft, node) => ddl.readAlterObject(draft, node.objectType, node)),
  entry('CreateStmt', 'create_table', 'ddl', ddl.readCreateTable),
  entry('CreateTableAsStmt', 'create_table_as', '', ddl.readCreateTableAs),
  entry('ViewStmt', 'create_view', 'ddl', (draft, node) => {
    addCreated(draft, node.view)
    if (node.query !== undefined) draft.readers.query(draft, node.query, { outer: undefined, ctes: undefined, use: 'sink' })
  }),
  defines('RefreshMatViewStmt', 'refresh_materialized_view', 'ddl write read', (draft, node) => {
    if (node.relation === undefined) return
    const level = newLevel(draft, undefined)
    addSource(draft, level, relationSource(draft, node.relation, 'read'))
    addRef(draft, { window: wholeLevel(draft, level), ctes: undefined, use: 'sink' }, [], { star: true })
  }),
  entry('CreateSchemaStmt', 'create_schema', 'ddl', ddl.readCreateSchema),
  defines('IndexStmt', 'create_index', 'ddl', (draft, node) => {
    draft.unlisted = true
    if (node.tableSpace !== undefined) draft.effects.add('filesystem')
  }),
  defines('CreateSeqStmt', 'create_sequence', 'ddl', (draft, node) => addCreated(draft, node.sequence), ['sequence']),
  defines('AlterSeqStmt', 'alter_sequence', 'ddl'),
  defines('CreateDomainStmt', 'create_domain', 'ddl'),
  defines('AlterDomainStmt', 'alter_domain', 'ddl'),
  defines('CreateEnumStmt', 'create_type', 'ddl'),
  defines('AlterEnumStmt', 'alter_type', 'ddl'),
  defines('CreateRangeStmt', 'create_type', 'ddl'),
  entry('CompositeTypeStmt', 'create_type', 'ddl', (draft, node) => {
    if (node.typevar !== undefined) markSeen(draft, { RangeVar: node.typevar })
    walkAll(draft, node.coldeflist, session.openScope(draft, 'derived'))
  }),
  defines('AlterTypeStmt', 'alter_type', 'ddl'),
  defines('DefineStmt', 'create', 'ddl', (draft, node) => {
    draft.verb = `create_${(node.kind ?? 'OBJECT_OBJECT').replace('OBJECT_', '').toLowerCase()}`
    if (/AGGREGATE|OPERATOR|TYPE|TSPARSER|TSTEMPLATE/.test(node.kind ?? '')) draft.effects.add('define_code')
  }),
  defines('CreateCastStmt', 'create_cast', 'ddl define_code', (draft, node) => addFunction(draft, node.func)),
  defines('CreateConversionStmt', 'create_conversion', 'ddl define_code'),
  defines('CreateOpClassStmt', 'create_operator_class', 'ddl define_code', (draft, node) => markSeen(draft, node.items), ['items']),
  defines('CreateOpFamilyStmt', 'create_operator_family', 'ddl'),
  defines('AlterOpFamilyStmt', 'alter_operator_family', 'ddl define_code', (draft, node) => markSeen(draft, node.items), ['items']),
  defines(
    'AlterOperatorStmt',
    'alter_operator',
    'ddl define_code',
    (draft, node) => {
      if (node.opername !== undefined) markSeen(draft, { ObjectWithArgs: node.opername })
    },
    ['opername'],
  ),
  defines('CreateStatsStmt', 'create_statistics', 'ddl'),
  defines('AlterStatsStmt', 'alter_statistics', 'ddl'),
  defines('CreateAmStmt', 'create_access_method', 'ddl define_code'),
  defines('AlterTSDictionaryStmt', 'alter_text_search_dictionary', 'ddl'),
  defines('AlterTSConfigurationStmt', 'alter_text_search_configuration', 'ddl'),
  defines('AlterCollationStmt', 'alter_collation', 'ddl'),
  defines('CreatedbStmt', 'create_database', 'ddl', (draft, node) => addNamed(draft, 'database', node.dbname)),
  defines('AlterDatabaseStmt', 'alter_database', 'ddl', (draft, node) => addNamed(draft, 'database', node.dbname)),
  defines('AlterDatabaseRefreshCollStmt', 'alter_database', 'ddl', (draft, node) => addNamed(draft, 'database', node.dbname)),
  defines(
    'AlterDatabaseSetStmt',
    'alter_database',
    'admin persist_setting',
    (draft, node) => addNamed(draft, 'database', node.dbname),
    setstmt,
  ),
  defines('DropdbStmt', 'drop_database', 'ddl', (draft, node) => addNamed(draft, 'database', node.dbname)),

  entry('CreateFunctionStmt', 'create_function', 'ddl define_code', (draft, node) => {
    if (node.is_procedure === true) draft.verb = 'create_procedure'
    draft.objects.push({
      kind: 'function',
      name: (node.funcname ?? []).flatMap((part) => ('String' in part ? [part.String.sval ?? ''] : [])),
      access: 'write',
      creates: true,
    })
    ddl.readBody(draft, [...(node.parameters ?? []), ...(node.options ?? []), ...(node.sql_body === undefined ? [] : [node.sql_body])])
    if (node.returnType !== undefined) markSeen(draft, { TypeName: node.returnType })
  }),
  defines('AlterFunctionStmt', 'alter_function', 'ddl define_code', (draft, node) => addFunction(draft, node.func), ['func']),
  defines('CreateTrigStmt', 'create_trigger', 'ddl define_code'),
  defines('CreateEventTrigStmt', 'create_event_trigger', 'ddl define_code'),
  defines('AlterEventTrigStmt', 'alter_event_trigger', 'ddl define_code privilege'),
  entry('RuleStmt', 'create_rule', 'ddl define_code', (draft, node) => {
    if (node.relation !== undefined) ddl.readAlterObject(draft, 'OBJECT_TABLE', { relation: node.relation })
    ddl.readBody(draft, [...(node.actions ?? []), ...(node.whereClause === undefined ? [] : [node.whereClause])])
  }),
  defines('CreatePLangStmt', 'create_language', 'ddl define_code'),
  defines('CreateExtensionStmt', 'create_extension', 'ddl define_code', (draft, node) => addNamed(draft, 'extension', node.extname)),
  defines('AlterExtensionStmt', 'alter_extension', 'ddl define_code', (draft, node) => addNamed(draft, 'extension', node.extname)),
  entry('AlterExtensionContentsStmt', 'alter_extension', 'ddl define_code', (draft, node) => addObject(draft, node.objtype, node.object)),
  defines('CreateTransformStmt', 'create_transform', 'ddl define_code'),

  defines('CreateFdwStmt', 'create_foreign_data_wrapper', 'ddl network define_code'),
  defines('AlterFdwStmt', 'alter_foreign_data_wrapper', 'ddl network define_code'),
  defines('CreateForeignServerStmt', 'create_server', 'ddl network', (draft, node) => addNamed(draft, 'foreign_server', node.servername)),
  defines('AlterForeignServerStmt', 'alter_server', 'ddl network', (draft, node) => addNamed(draft, 'foreign_server', node.servername)),
  entry('CreateForeignTableStmt', 'create_foreign_table', 'ddl network', (draft, node) => {
    if (node.base !== undefined) ddl.readCreateTable(draft, node.base)
  }),
  defines('CreateUserMappingStmt', 'create_user_mapping', 'ddl network privilege'),
  defines('AlterUserMappingStmt', 'alter_user_mapping', 'ddl network privilege'),
  defines('DropUserMappingStmt', 'drop_user_mapping', 'ddl network privilege'),
  entry('ImportForeignSchemaStmt', 'import_foreign_schema', 'ddl network', (draft, node) => {
    addNamed(draft, 'schema', node.local_schema)
    markSeen(draft, node.table_list)
  }),
  defines('CreateSubscriptionStmt', 'create_subscription', 'replication network'),
  defines('AlterSubscriptionStmt', 'alter_subscription', 'replication network'),
  defines('DropSubscriptionStmt', 'drop_subscription', 'replication network'),
  defines('CreatePublicationStmt', 'create_publication', 'replication'),
  defines('AlterPublicationStmt', 'alter_publication', 'replication'),
  defines('CreateTableSpaceStmt', 'create_tablespace', 'ddl filesystem'),
  defines('DropTableSpaceStmt', 'drop_tablespace', 'ddl filesystem'),
  defines('AlterTableSpaceOptionsStmt', 'alter_tablespace', 'ddl filesystem'),
  defines('AlterTableMoveAllStmt', 'alter_table_move_all', 'ddl filesystem'),
]

const table: ReadonlyMap<string, Entry> = new Map(entries)

function readQuery(draft: Draft, node: Node, place: Place): number {
  if ('SelectStmt' in node) return readSelect(draft, node.SelectStmt, place)
  if ('InsertStmt' in node) return readInsert(draft, node.InsertStmt, place)
  if ('UpdateStmt' in node) return readUpdate(draft, node.UpdateStmt, place)
  if ('DeleteStmt' in node) return readDelete(draft, node.DeleteStmt, place)
  if ('MergeStmt' in node) return readMerge(draft, node.MergeStmt, place)
  draft.unknown.add(unwrap(node)?.kind ?? 'query')
  return place.level ?? newLevel(draft, place.outer)
}

function readTopQuery(draft: Draft, node: Node): void {
  const select = 'SelectStmt' in node ? node.SelectStmt : undefined
  const into = intoOf(select)
  const level = readQuery(draft, node, { outer: undefined, ctes: undefined, use: into === undefined ? 'output' : 'sink' })
  if (select === undefined) {
    const dml = Object.values(node)[0] as { returningClause?: unknown }
    draft.returnsRows = dml.returningClause !== undefined
    if (draft.returnsRows) draft.result = { level }
    draft.verb = (unwrap(node)?.kind ?? '').replace('Stmt', '').toLowerCase()
    return
  }
  draft.verb = into === undefined ? 'select' : 'select_into'
  draft.effects.add('read')
  draft.limit = literalCount(select.limitCount) ?? null
  draft.returnsRows = into === undefined
  if (draft.returnsRows) draft.result = { level }
  if (into !== undefined) session.readInto(draft, into)
}

/** INTO of a set operation hangs on its leftmost arm. */
function intoOf(select: Extract<Node, { SelectStmt: unknown }>['SelectStmt'] | undefined): { readonly rel?: object } | undefined {
  for (let at = select; at !== undefined; at = at.larg) if (at.intoClause !== undefined) return at.intoClause
  return undefined
}

function readStatement(draft: Draft, node: Node): void {
  const open = unwrap(node)
  if (open === undefined) return
  if (queryKinds.has(open.kind)) return readTopQuery(draft, node)
  const known = table.get(open.kind)
  if (known === undefined) {
    draft.unknown.add(open.kind)
    draft.effects.add('unknown_statement')
    return
  }
  draft.verb = known.verb
  for (const effect of known.effects) draft.effects.add(effect)
  known.read(draft, open.fields)
}

export const readers: Readers = { query: readQuery, statement: readStatement }
