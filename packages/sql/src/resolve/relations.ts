import type { Use } from '../outline/outline.js'
import type { ColumnModel, RelationModel } from '../model.js'
import { qualifiedName } from '../model.js'
import { bearsValues, settingsRelation } from './dangerous.js'
import type { Finding } from './finding.js'
import { touch, unknownCode } from './finding.js'
import type { CodeContext } from './code.js'
import { judgeCalled } from './code.js'
import type { Names } from './names.js'

/**
 * A relation is touched together with everything that a policy on another relation may be about: what a view reads, the
 * partitions below a parent, the parents above a partition.
 */
export function touchRelation(
  finding: Finding,
  context: RelationContext,
  given: { key: string; access: 'read' | 'write'; only?: boolean },
): void {
  const { names } = context
  const relation = names.model.relations.get(given.key)
  const done = `${given.key}\0${given.access}\0${given.only === true}`
  if (relation === undefined || finding.relations.has(done)) return
  finding.relations.add(done)
  const closure = new Set([given.key])
  const add = (key: string) => {
    const each = names.model.relations.get(key)
    closure.add(key)
    for (const near of [...(each?.reads ?? []), ...(each?.parents ?? []), ...(given.only === true ? [] : (each?.children ?? []))]) {
      if (!closure.has(near)) add(near)
    }
  }
  if (!relation.system) add(given.key)
  for (const key of closure) touchOne(finding, context, key, given.access)
}

type RelationContext = Pick<CodeContext, 'names' | 'declared'>

function touchOne(finding: Finding, context: RelationContext, key: string, access: 'read' | 'write'): void {
  const { names } = context
  touch(finding, { kind: 'relation', name: key, access })
  const relation = names.model.relations.get(key)
  if (bearsValues(key)) finding.effects.add('introspect_values')
  if (key === settingsRelation) finding.effects.add('introspect_settings')
  if (relation?.kind === 'foreign') finding.effects.add('network')
  judgeCalled(finding, context, relation?.calls ?? [], `below ${key}`)
  if (access === 'write' && relation?.system === true) writeSystem(finding, key)
}

/** An UPDATE of pg_settings is a SET of whatever rows it meets. */
function writeSystem(finding: Finding, key: string): void {
  finding.effects.add('admin')
  if (key === settingsRelation) for (const effect of ['unsafe_setting', 'lexing', 'name_resolution']) finding.effects.add(effect)
}

export function touchColumn(
  finding: Finding,
  relation: { readonly key: string; readonly model: RelationModel },
  column: ColumnModel,
  how: { readonly access: 'read' | 'write'; readonly use?: Use },
): void {
  // An alias list renames columns for the query; the relation's own name counts.
  const name = relation.model.columns.find((each) => each.attnum === column.attnum)?.name
  if (name !== undefined) touch(finding, { kind: 'column', name: `${relation.key}.${qualifiedName(name)}`, ...how })
}

/** A user-defined rewrite rule makes the server run something else, or more. */
export function findRules(finding: Finding, names: Names, key: string, effects: ReadonlySet<string>): void {
  for (const event of names.model.relations.get(key)?.rules ?? []) {
    if (effects.has(event) || effects.has('bulk_import')) unknownCode(finding, `the rewrite rule on ${event} of ${key}`)
  }
}
