import type { Node, ObjectType, ObjectWithArgs, RangeVar } from '@pgsql/types'
import { grammar } from '../grammar.js'
import type { Draft } from './draft.js'
import { nameOf } from './draft.js'
import type { Name, ObjectName } from './outline.js'

/** Types of objects that live among the relations and are resolved like them. */
const relationTypes: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_SEQUENCE',
])

/** Types of objects that are named by their relation and a last part of their own. */
const partTypes: ReadonlySet<string> = new Set(['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY', 'OBJECT_TABCONSTRAINT', 'OBJECT_COLUMN'])

export function kindOfObject(type: ObjectType | undefined): string {
  if (type === undefined || relationTypes.has(type)) return 'relation'
  return type.replace('OBJECT_', '').toLowerCase()
}

/** `drop_table`, `comment_on_column`: the object's kind as verbs spell it. */
export function wordOf(type: ObjectType | undefined): string {
  return (type ?? 'OBJECT_OBJECT').replace('OBJECT_', '').replace('MATVIEW', 'materialized_view').toLowerCase()
}

/** An object named in a statement about it. Nothing in the name runs, so all of it counts as read. */
export function addObject(
  draft: Draft,
  type: ObjectType | undefined,
  node: Node | undefined,
  access: ObjectName['access'] = 'write',
): void {
  markSeen(draft, node)
  const name = objectName(node)
  if (name === undefined) return
  if (type !== undefined && partTypes.has(type)) {
    draft.objects.push({ kind: 'relation', name: name.slice(0, -1), access })
    if (type !== 'OBJECT_COLUMN') draft.objects.push({ kind: kindOfObject(type), name, access })
  } else draft.objects.push({ kind: kindOfObject(type), name, access })
}

export function addNamed(draft: Draft, kind: string, name: string | undefined): void {
  if (name !== undefined) draft.objects.push({ kind, name: [name], access: 'write' })
}

export function rangeName(relation: RangeVar | undefined): Name {
  return [relation?.schemaname, relation?.relname].filter((part) => part !== undefined)
}

/** A relation that the statement makes. Temporary ones live in a schema of their own. */
export function addCreated(draft: Draft, relation: RangeVar | undefined): void {
  if (relation === undefined) return
  draft.seen.add(relation)
  const name = relation.relpersistence === 't' ? ['pg_temp', relation.relname ?? ''] : rangeName(relation)
  draft.objects.push({ kind: 'relation', name, access: 'write', creates: true })
}

export function addFunction(draft: Draft, object: ObjectWithArgs | undefined): void {
  if (object === undefined) return
  addObject(draft, 'OBJECT_FUNCTION', { ObjectWithArgs: object })
}

function objectName(node: Node | undefined): Name | undefined {
  if (node === undefined) return undefined
  if ('String' in node) return [node.String.sval ?? '']
  if ('RangeVar' in node) return rangeName(node.RangeVar)
  if ('TypeName' in node) return nameOf(node.TypeName.names)
  if ('ObjectWithArgs' in node) return nameOf(node.ObjectWithArgs.objname)
  if ('List' in node) return nameOf(node.List.items) ?? objectName(node.List.items?.[0])
  return undefined
}

/** Takes charge of a whole subtree in which nothing is evaluated. */
export function markSeen(draft: Draft, node: Node | readonly Node[] | undefined): void {
  if (node === undefined) return
  if (Array.isArray(node)) return (node as readonly Node[]).forEach((each) => markSeen(draft, each))
  for (const [kind, fields] of Object.entries(node)) markFields(draft, kind, fields)
}

function markFields(draft: Draft, kind: string, fields: object): void {
  draft.seen.add(fields)
  const shapes = grammar.get(kind)
  for (const [field, value] of Object.entries(fields)) {
    const shape = shapes?.get(field)
    if (shape === undefined || shape === 'inert') continue
    if (shape === 'wrapped') markSeen(draft, value as Node | readonly Node[])
    else for (const each of Array.isArray(value) ? value : [value]) markFields(draft, shape.bare, each as object)
  }
}
