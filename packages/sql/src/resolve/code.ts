import type { DeclaredFunction } from '../classified.js'
import type { FunctionModel } from '../model.js'
import { originsOf } from '../origins.js'
import type { Call, Outline } from '../outline/outline.js'
import { dangersOf, isPlainBuiltin } from './dangerous.js'
import type { Finding } from './finding.js'
import { touch, unknownCode, unresolved } from './finding.js'
import type { Found, Names } from './names.js'
import type { ScopeContext } from './column.js'

/** Everything that runs code: functions, operators, casts, types. */
export interface CodeContext {
  readonly outline: Outline
  readonly names: Names
  readonly scopes: ScopeContext
  readonly declared: DeclaredFunctions
}

type CatalogContext = Pick<CodeContext, 'declared' | 'names'>

export type DeclaredFunctions = (found: Found<FunctionModel>) => DeclaredFunction | undefined

export function findCalls(finding: Finding, context: CodeContext): void {
  for (const call of context.outline.calls) findCall(finding, context, call)
}

function findCall(finding: Finding, context: CodeContext, call: Call): void {
  const name = call.name.length > 2 ? call.name.slice(-2) : call.name
  const candidates = context.names.functions(name, call.args)
  if (call.attribute === true) return void findAttribute(finding, context, name)
  if (candidates.length > 0) return judge(finding, context, candidates)
  // `email(u)` is the column of a row when no function of that name fits.
  if (call.column !== undefined && name.length === 1) {
    const { level, from, to } = call.window
    const resolution = context.scopes.resolve(level, { name: call.column, field: name[0]!, from, to })
    if (resolution.status === 'found' && resolution.attribute === undefined) return
  }
  for (const effect of dangersOf(name.at(-1) ?? '')) finding.effects.add(effect)
  finding.effects.add('execute_unknown')
  unresolved(finding, 'function', call.name)
}

/**
 * `value.name`: a call when a function of that name takes one argument, whatever the value's type: `(1.5::float8).pg_sleep`
 * sleeps. Only built-in ones that compute are left untold, for fields often have their names (`name`, `date`, `text`).
 */
export function findAttribute(finding: Finding, context: CodeContext, name: readonly string[]): boolean {
  const candidates = context.names.functions(name, 1)
  const harmless = candidates.every(({ value }) => value.builtin && isPlainBuiltin(name.at(-1) ?? '', value.volatility))
  if (!harmless) judge(finding, context, candidates)
  return candidates.length > 0
}

/** What calling one of these does: the worst of them, for which one the server takes depends on types. */
export function judge(finding: Finding, context: CatalogContext, candidates: readonly Found<FunctionModel>[], where?: string): void {
  for (const { key } of candidates) finding.functions.add(key)
  const last = (key: string) => key.slice(key.indexOf('.') + 1)
  const told = where === undefined ? '' : ` ${where}`
  for (const found of candidates) {
    const name = last(found.key)
    for (const effect of found.value.builtin ? dangersOf(name) : []) finding.effects.add(effect)
    if (found.value.builtin) {
      // Every session may call these; what matters about set_config is told by its arguments.
      const known = dangersOf(name).length > 0 || isPlainBuiltin(name, found.value.volatility)
      if (!known) unknownCode(finding, `the function ${found.key}${told}`)
      continue
    }
    const declared = context.declared(found)
    if (declared === undefined) {
      for (const effect of dangersOf(name)) finding.effects.add(effect)
      unknownCode(finding, `the function ${found.key}${told}`)
      continue
    }
    for (const effect of declared.effects) finding.effects.add(effect)
    for (const type of found.value.args) makesValue(finding, context, type)
    if (declared.reads === undefined) finding.unlisted = true
    for (const column of declared.reads ?? []) {
      const { bare, derived } = originsOf(context.names.model).of(column) ?? { bare: [column], derived: [] }
      for (const name of [...bare, ...derived]) {
        finding.reads.add(name)
        touch(finding, { kind: 'column', name, access: 'read', use: 'derived' })
      }
    }
  }
}

/** Functions that something in the catalog calls, whichever overload it is. */
export function judgeCalled(finding: Finding, context: CatalogContext, called: readonly string[], where: string): void {
  for (const key of called) {
    const overloads = context.names.model.functions.get(key) ?? []
    if (overloads.length === 0) unknownCode(finding, `the function ${key} ${where}`)
    judge(
      finding,
      context,
      overloads.map((value) => ({ key, schema: '', value })),
      where,
    )
  }
}

/** Words for a column's type that are no type, and two array-like types that the catalog lists as arrays. */
const wellKnown: ReadonlySet<string> = new Set('serial serial2 serial4 serial8 smallserial bigserial int2vector oidvector'.split(' '))

/** Types named in casts and definitions: those with input functions of their own are code. */
export function findTypes(finding: Finding, context: CodeContext): void {
  for (const name of context.outline.types) {
    const short = name.length > 2 ? name.slice(-2) : name
    const found = context.names.type(short)
    if (found !== undefined) {
      noteType(finding, context, found.key)
      makesValue(finding, context, found.key)
    } else if (context.names.relation(short) === undefined && !wellKnown.has(short.join('.').replace('pg_catalog.', '')))
      unresolved(finding, 'type', name)
  }
}

function noteType(finding: Finding, context: CodeContext, key: string): void {
  const type = context.names.model.types.get(key)
  if (type === undefined || type.builtin) return
  finding.types.add(key)
  if (type.kind === 'base') unknownCode(finding, `the type ${key}`)
  if (type.over !== undefined) noteType(finding, context, type.over.replace(/\[\]$/, ''))
}

/** A value of the type is made of something else: the checks of its domains run. */
export function makesValue(finding: Finding, context: CatalogContext, key: string): void {
  const type = key.replace(/\[\]$/, '')
  const calls = context.names.model.types.get(type)?.calls
  if (calls === undefined || finding.made.has(type)) return
  finding.made.add(type)
  judgeCalled(finding, context, calls, `in a check of the type ${type}`)
}

/** A type whose values the statement works on, though it does not name it. */
export function noteColumnType(finding: Finding, context: CodeContext, key: string): void {
  const type = context.names.model.types.get(key.replace(/\[\]$/, ''))
  if (type !== undefined && !type.builtin) finding.types.add(key.replace(/\[\]$/, ''))
}

/** Operators and casts. A user-defined one between built-in types may be meant anywhere; others only with their own types. */
export function findOperators(finding: Finding, context: CodeContext): void {
  const { outline, names } = context
  const { operators, casts } = names.model
  const involved = (type: string | undefined) =>
    type !== undefined && (isBuiltin(context, type) || finding.types.has(type.replace(/\[\]$/, '')))
  for (const name of outline.operators) {
    const [schema, symbol] = name.length > 1 ? [name.at(-2), name.at(-1)] : [undefined, name[0]]
    const meant = operators.filter(
      (operator) =>
        operator.name === symbol &&
        (schema === undefined ? names.visible(operator.schema) : operator.schema === schema) &&
        (schema !== undefined || ((operator.left === undefined || involved(operator.left)) && involved(operator.right))),
    )
    if (meant.length > 0 || (schema !== undefined && schema !== 'pg_catalog')) unknownCode(finding, `the operator ${name.join('.')}`)
  }
  const asks = outline.operators.length > 0 || outline.calls.length > 0 || finding.effects.has('write')
  for (const { source, target, context: when } of casts) {
    const named = outline.types.some((name) => names.type(name.slice(-2))?.key === target)
    const silent = when !== 'e' && asks && involved(source) && involved(target)
    if ((named && involved(source)) || silent) unknownCode(finding, `the cast from ${source} to ${target}`)
  }
}

function isBuiltin(context: CodeContext, type: string): boolean {
  return context.names.model.types.get(type.replace(/\[\]$/, ''))?.builtin !== false
}

const spellings: Readonly<Record<string, string>> = {
  int: 'int4',
  integer: 'int4',
  smallint: 'int2',
  bigint: 'int8',
  real: 'float4',
  'double precision': 'float8',
  decimal: 'numeric',
  boolean: 'bool',
  'character varying': 'varchar',
  character: 'bpchar',
  char: 'bpchar',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
}

function spell(type: string): string {
  const array = type.endsWith('[]') ? '[]' : ''
  const plain = type
    .replace(/\[\]$/, '')
    .replace(/^pg_catalog\./, '')
    .trim()
  return (spellings[plain.toLowerCase()] ?? plain) + array
}

/** Looks functions up in the target's document, whose keys are `schema.name(type, type)` in any usual spelling of the types. */
export function declaredFunctions(document: Readonly<Record<string, DeclaredFunction>> | undefined): DeclaredFunctions {
  const known = new Map<string, DeclaredFunction>()
  for (const [key, declared] of Object.entries(document ?? {})) {
    const [, name, args] = /^([^(]+)\((.*)\)$/.exec(key) ?? []
    if (name === undefined) continue
    const types = args!.trim() === '' ? [] : args!.split(',').map(spell)
    known.set(`${name.trim()}(${types.join()})`, declared)
  }
  return ({ key, value }) => (known.size === 0 ? undefined : known.get(`${key}(${value.args.map(spell).join()})`))
}
