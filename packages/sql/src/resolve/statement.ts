import type { Lineage } from '../lineage.js'
import type { Outline, Source } from '../outline/outline.js'
import { qualifiedName } from '../model.js'
import type { DeclaredFunctions } from './code.js'
import { findAttribute, findCalls, findOperators, findTypes, noteColumnType } from './code.js'
import { findBeside, findWritten } from './values.js'
import type { Finding } from './finding.js'
import { touch, unresolved } from './finding.js'
import type { Flow } from './flow.js'
import { createFlow } from './flow.js'
import type { Names } from './names.js'
import { findRules, touchColumn, touchRelation } from './relations.js'
import { findOutputs } from './results.js'
import type { Hit, Resolution } from './column.js'
import { createScopes } from './scope.js'
import type { UsesContext } from './uses.js'
import { findUses } from './uses.js'
import { isSelective } from './selective.js'

interface Context extends UsesContext {
  readonly flow: Flow
}

/** Facts about the rows that UPDATE, DELETE, MERGE and TRUNCATE meet; absent for statements without one. */
export interface ChangeFacts {
  readonly filtered?: boolean
  readonly affects_all?: boolean
}

/** Everything about a statement that needs the model: relations, columns, code, and how selective it is. */
export function findNamed(
  finding: Finding,
  given: { readonly outline: Outline; readonly names: Names; readonly declared: DeclaredFunctions },
): { readonly changes: ChangeFacts; readonly outputs: readonly Lineage[] | undefined } {
  const scopes = createScopes(given.outline, given.names)
  const context: Context = { ...given, scopes, flow: createFlow(scopes) }
  findObjects(finding, context)
  findSources(finding, context)
  findRefs(finding, context)
  findUses(finding, context)
  findCalls(finding, context)
  findTypes(finding, context)
  findOperators(finding, context)
  return { changes: findChanges(context), outputs: findOutputs(finding, context) }
}

function findObjects(finding: Finding, context: Context): void {
  const { outline, names } = context
  for (const { kind, name, access, creates, optional } of outline.objects) {
    const found = kind === 'relation' ? names.relation(name) : undefined
    if (found !== undefined) {
      touchRelation(finding, context, { key: found.key, access })
      findRules(finding, names, found.key, finding.effects)
    } else if (kind !== 'relation') touch(finding, { kind, name: name.join('.'), access })
    else if (creates === true || optional === true) {
      touch(finding, { kind, name: qualifiedName(name.at(-2) ?? names.creationSchema, name.at(-1) ?? ''), access })
      if (optional === true) finding.absent.add(name.join('.'))
    } else unresolved(finding, 'relation', name)
    if (kind === 'schema') findInSchema(finding, names, name[0] ?? '')
  }
}

/** Whoever drops or grants a schema means what is in it. */
function findInSchema(finding: Finding, names: Names, schema: string): void {
  const prefix = qualifiedName(schema, '')
  for (const [key, relation] of names.model.relations) {
    if (key.startsWith(prefix) && !relation.system) touch(finding, { kind: 'relation', name: key, access: 'write' })
  }
}

function findSources(finding: Finding, context: Context): void {
  context.outline.levels.forEach((level) => {
    for (const source of level.sources) if (source.kind === 'relation') findSource(finding, context, source)
  })
}

function findSource(finding: Finding, context: Context, source: Extract<Source, { kind: 'relation' }>): void {
  const { names } = context
  const found = names.relation(source.name)
  if (found === undefined) return unresolved(finding, 'relation', source.name)
  const { key, value } = found
  touchRelation(finding, context, { key, access: source.access, ...(source.only === undefined ? {} : { only: source.only }) })
  if (source.access === 'read') return void finding.effects.add('read')
  findRules(finding, names, key, finding.effects)
  findWritten(finding, context, { key, columns: source.writes })
  const written = source.writes === undefined ? value.columns : value.columns.filter((column) => source.writes!.includes(column.name))
  for (const column of written) touchColumn(finding, { key, model: value }, column, { access: 'write' })
  for (const name of source.writes ?? [])
    if (!value.columns.some((column) => column.name === name)) unresolved(finding, 'column', [key, name])
}

function findRefs(finding: Finding, context: Context): void {
  context.outline.levels.forEach((level, index) => {
    for (const ref of level.refs) {
      const resolution = context.scopes.resolve(index, ref)
      for (const hit of resolution.hits) findHit(finding, context, ref.use === undefined ? hit : { ...hit, use: ref.use })
      if (!isNamed(finding, context, resolution) && ref.optional !== true)
        unresolved(finding, 'column', ref.star === true ? [...ref.name, '*'] : ref.name)
    }
  })
}

/** A name that is no column may still be a function of the row before it. */
function isNamed(finding: Finding, context: Context, resolution: Resolution): boolean {
  if (resolution.field !== undefined) findAttribute(finding, context, [resolution.field])
  const called = resolution.attribute !== undefined && findAttribute(finding, context, [resolution.attribute])
  return called || resolution.status !== 'missing'
}

function findHit(finding: Finding, context: Context, hit: Hit): void {
  const source = context.outline.levels[hit.level]?.sources[hit.source]
  const found = source?.kind === 'relation' ? context.names.relation(source.name) : undefined
  if (found === undefined || source?.kind !== 'relation') return
  finding.effects.add('read')
  touchRelation(finding, context, { key: found.key, access: 'read', ...(source.only === true ? { only: true } : {}) })
  findBeside(finding, context, { hit, key: found.key })
  if (hit.column !== undefined && (hit.use !== 'output' || hit.inRow === true)) noteColumnType(finding, context, hit.column.type)
}

function findChanges(context: Context): ChangeFacts {
  const { changes } = context.outline
  if (changes.length === 0) return {}
  const filtered = changes.every((change) => {
    if (change.kind === 'upsert') return change.bounded
    return (change.kind === 'update' || change.kind === 'delete') && isSelective(context, change.level)
  })
  return { filtered, affects_all: changes.some((change) => change.kind === 'truncate' || ('all' in change && change.all)) }
}
