import type {
  AlterTableStmt,
  CommentStmt,
  CreateSchemaStmt,
  CreateStmt,
  CreateTableAsStmt,
  DropStmt,
  GrantStmt,
  Node,
  ObjectType,
  RangeVar,
  RenameStmt,
} from '@pgsql/types'
import type { Draft } from './draft.js'
import { walk, walkAll, walkFields } from './expression.js'
import { addCreated, addObject, kindOfObject, markSeen, rangeName, wordOf } from './objects.js'
import { openScope, readExecute, readInto } from './session.js'

function add(draft: Draft, effects: readonly string[]): void {
  for (const effect of effects) draft.effects.add(effect)
}

/** What changing or removing an object of a type means, beyond tables and their like. */
const effectsByType: Readonly<Partial<Record<ObjectType, readonly string[]>>> = {
  OBJECT_ROLE: ['privilege'],
  OBJECT_POLICY: ['privilege'],
  OBJECT_DEFACL: ['privilege'],
  OBJECT_PARAMETER_ACL: ['privilege'],
  OBJECT_FDW: ['ddl', 'network'],
  OBJECT_FOREIGN_SERVER: ['ddl', 'network'],
  OBJECT_USER_MAPPING: ['ddl', 'network', 'privilege'],
  OBJECT_PUBLICATION: ['replication'],
  OBJECT_SUBSCRIPTION: ['replication', 'network'],
  OBJECT_TABLESPACE: ['ddl', 'filesystem'],
  OBJECT_TRIGGER: ['ddl', 'define_code'],
  OBJECT_EVENT_TRIGGER: ['ddl', 'define_code'],
  OBJECT_RULE: ['ddl', 'define_code'],
  OBJECT_LANGUAGE: ['ddl', 'define_code'],
  OBJECT_TRANSFORM: ['ddl', 'define_code'],
  OBJECT_CAST: ['ddl', 'define_code'],
  OBJECT_LARGEOBJECT: ['ddl', 'large_object'],
}

export function effectsOfType(type: ObjectType | undefined): readonly string[] {
  return (type === undefined ? undefined : effectsByType[type]) ?? ['ddl']
}

export function readDrop(draft: Draft, node: DropStmt): void {
  draft.verb = `drop_${wordOf(node.removeType)}`
  add(draft, effectsOfType(node.removeType))
  ifExists(draft, node, () => {
    for (const object of node.objects ?? []) addObject(draft, node.removeType, object)
  })
}

/** IF EXISTS: what the statement names need not be there. */
function ifExists(draft: Draft, { missing_ok: optional }: { readonly missing_ok?: boolean }, read: () => void): void {
  const before = draft.objects.length
  read()
  if (optional === true) draft.objects.push(...draft.objects.splice(before).map((object) => ({ ...object, optional })))
}

export function readComment(draft: Draft, node: CommentStmt): void {
  add(draft, ['ddl'])
  addObject(draft, node.objtype, node.object)
}

/** RENAME, SET SCHEMA, OWNER TO, DEPENDS ON EXTENSION: of a relation, or of any other object. */
export function readAlterObject(
  draft: Draft,
  type: ObjectType | undefined,
  node: { readonly relation?: RangeVar; readonly object?: Node },
): void {
  if (node.relation === undefined) return addObject(draft, type, node.object)
  markSeen(draft, { RangeVar: node.relation })
  markSeen(draft, node.object)
  const kind = type === 'OBJECT_INDEX' || type === 'OBJECT_TYPE' ? kindOfObject(type) : 'relation'
  draft.objects.push({ kind, name: rangeName(node.relation), access: 'write' })
}

export function readRename(draft: Draft, node: RenameStmt): void {
  draft.verb = `alter_${wordOf(node.renameType === 'OBJECT_COLUMN' ? node.relationType : node.renameType)}`
  add(draft, effectsOfType(node.renameType))
  if (node.object === undefined && node.relation === undefined && node.subname !== undefined) {
    draft.objects.push({ kind: kindOfObject(node.renameType), name: [node.subname], access: 'write' })
  } else ifExists(draft, node, () => readAlterObject(draft, node.renameType, node))
}

const privileged = /^AT_(ChangeOwner|(Enable|Disable|Force|NoForce)RowSecurity|(Enable|Disable)\w*(Trig|Rule)\w*)$/

/** Rows that are there are held against something, which fails with what it met, or are written anew. */
const checking = /^AT_(AlterColumnType|SetExpression|SetNotNull|(Re)?AddConstraint|(Re)?AddIndex|ValidateConstraint|AttachPartition)$/

export function readAlterTable(draft: Draft, node: AlterTableStmt): void {
  draft.verb = `alter_${wordOf(node.objtype)}`
  add(draft, ['ddl'])
  ifExists(draft, node, () => readAlterObject(draft, node.objtype, node.relation === undefined ? {} : { relation: node.relation }))
  const scope = openScope(draft, 'derived')
  for (const each of node.cmds ?? []) {
    walk(draft, each, scope)
    const subtype = 'AlterTableCmd' in each ? (each.AlterTableCmd.subtype ?? '') : ''
    if (checking.test(subtype)) draft.unlisted = true
    if (privileged.test(subtype)) draft.effects.add('privilege')
    if (subtype === 'AT_SetTableSpace') draft.effects.add('filesystem')
    if (subtype === 'AT_GenericOptions' || subtype === 'AT_AlterColumnGenericOptions') draft.effects.add('network')
  }
}

export function readCreateTable(draft: Draft, node: CreateStmt): void {
  add(draft, ['ddl'])
  if (node.tablespacename !== undefined) draft.effects.add('filesystem')
  addCreated(draft, node.relation)
  walkFields(draft, { kind: 'CreateStmt', fields: node }, openScope(draft, 'derived', 'empty'), ['relation'])
}

export function readCreateTableAs(draft: Draft, node: CreateTableAsStmt): void {
  draft.verb = node.objtype === 'OBJECT_MATVIEW' ? 'create_materialized_view' : 'create_table_as'
  const { query } = node
  if (query !== undefined && 'ExecuteStmt' in query) {
    readExecute(draft, query.ExecuteStmt)
    draft.returnsRows = false
  } else if (query !== undefined) draft.readers.query(draft, query, { outer: undefined, ctes: undefined, use: 'sink' })
  readInto(draft, node.into)
}

export function readCreateSchema(draft: Draft, node: CreateSchemaStmt): void {
  add(draft, ['ddl'])
  if (node.authrole !== undefined) draft.effects.add('privilege')
  draft.objects.push({ kind: 'schema', name: [node.schemaname ?? node.authrole?.rolename ?? ''], access: 'write', creates: true })
  for (const element of node.schemaElts ?? []) asPart(draft, () => draft.readers.statement(draft, inSchema(element, node.schemaname)))
}

/** Elements of CREATE SCHEMA land in that schema. */
function inSchema(element: Node, schema: string | undefined): Node {
  const move = (relation: RangeVar | undefined): void => {
    if (relation !== undefined && schema !== undefined) relation.schemaname ??= schema
  }
  if ('CreateStmt' in element) move(element.CreateStmt.relation)
  if ('ViewStmt' in element) move(element.ViewStmt.view)
  if ('CreateSeqStmt' in element) move(element.CreateSeqStmt.sequence)
  return element
}

export function readGrant(draft: Draft, node: GrantStmt): void {
  draft.verb = node.is_grant === true ? 'grant' : 'revoke'
  add(draft, ['privilege'])
  if (node.objtype === 'OBJECT_LARGEOBJECT') draft.effects.add('large_object')
  const type = node.targtype === 'ACL_TARGET_ALL_IN_SCHEMA' ? 'OBJECT_SCHEMA' : node.objtype
  for (const object of node.objects ?? []) addObject(draft, type, object)
}

/** A body that only later calls will run: its statements change nothing now. */
export function readBody(draft: Draft, nodes: readonly Node[] | undefined): void {
  const { planned } = draft
  draft.planned = true
  asPart(draft, () => walkAll(draft, nodes, openScope(draft, 'sink')))
  draft.planned = planned
}

/** Reads statements inside a statement: what they do counts, what they are called and do to the session does not. */
function asPart(draft: Draft, read: () => void): void {
  const { verb, control, returnsRows, limit, result } = draft
  read()
  Object.assign(draft, { verb, control, returnsRows, limit, result })
}
