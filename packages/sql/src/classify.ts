import type { Action, Touch } from '@sallyport/core'
import type { Classified, ClassifyContext } from './classified.js'
import type { Certainty, Control, ControlFlags } from './control.js'
import type { Lineage } from './lineage.js'
import type { Outline } from './outline/outline.js'
import type { Parsed } from './parsed.js'
import type { DeclaredFunctions } from './resolve/code.js'
import { declaredFunctions } from './resolve/code.js'
import type { Finding } from './resolve/finding.js'
import { newFinding } from './resolve/finding.js'
import type { Names } from './resolve/names.js'
import { createNames } from './resolve/names.js'
import { isOpaque, planOf } from './resolve/results.js'
import { findNamed } from './resolve/statement.js'
import { effectsOfSetting } from './resolve/settings.js'

/**
 * What a text does, statement by statement, from its grammar and the target's names. Pure: the same arguments, the same
 * answer. Anything that is not surely understood has `certainty: 'unknown'` and says why; a caller must not look for a
 * softer reading of it.
 */
export function classify(parsed: Parsed, context: ClassifyContext): readonly Classified[] {
  if (!parsed.ok) return [unreadable('', parsed)]
  const resolver: Resolver = {
    names: context.model === undefined ? undefined : createNames(context.model, context.searchPath),
    declared: declaredFunctions(context.declared),
    limits: context.limits ?? {},
  }
  let earlier: ControlFlags | undefined
  return parsed.statements.map(({ text, outline }) => {
    const one = classifyOutline(resolver, outline, { statements: parsed.statements.length, earlier })
    earlier = mergeFlags(earlier, one.control)
    return { ...one, text }
  })
}

/** A text that nobody could read. It changes whatever it likes, as far as we know. */
export function unreadable(text: string, { code, reason }: Pick<Extract<Parsed, { ok: false }>, 'code' | 'reason'>): Classified {
  const effect = code === 'too_large' ? 'oversize' : 'unparsable'
  const action: Action = { verb: 'unparsable', effects: [effect], touches: [], facts: {}, certainty: 'unknown', reason }
  return { action, text, control: { kind: 'none', ...anything } }
}

const anything: ControlFlags = { changesSettings: true, changesNames: true, changesLexing: true, ddl: true, returnsRows: true }

interface Resolver {
  readonly names: Names | undefined
  readonly declared: DeclaredFunctions
  readonly limits: Readonly<Record<string, number>>
}

interface Place {
  /** How many statements the text holds. */
  readonly statements: number
  /** What the statements before it in the same text do. */
  readonly earlier: ControlFlags | undefined
}

function classifyOutline(resolver: Resolver, outline: Outline, place: Place): Omit<Classified, 'text'> {
  const finding = newFinding()
  for (const effect of outline.effects) finding.effects.add(effect)
  for (const setting of outline.settings) for (const effect of effectsOfSetting(setting, resolver.limits)) finding.effects.add(effect)
  for (const what of outline.unknown) finding.doubts.add(`it holds what this build does not know: ${what}`)
  if (outline.unknown.length > 0) finding.effects.add('unknown_statement')
  if (finding.effects.has('execute_unknown')) finding.doubts.add('it runs code that is only data to the gateway')

  const { facts, outputs } = findFacts(resolver, outline, finding, place)
  const inner = outline.inner === undefined ? undefined : classifyOutline(resolver, outline.inner, place)
  const own: Action = {
    verb: outline.verb,
    effects: [...finding.effects].toSorted(),
    touches: [...finding.touches.values()],
    ...(finding.functions.size === 0 ? {} : { functions: [...finding.functions].toSorted() }),
    facts,
    ...certainty(finding.doubts),
  }
  return { ...settle(outline, own, inner), ...(outputs === undefined ? {} : { outputs }) }
}

/** Joins what belongs to another statement: the one that PREPARE names, or the one that EXECUTE is about to be told. */
function settle(outline: Outline, own: Action, inner: Omit<Classified, 'text'> | undefined): Omit<Classified, 'text'> {
  const control = controlOf(outline, own, inner)
  if (inner !== undefined) return { action: union(own, inner.action), control }
  if (!own.effects.includes('indirect')) return { action: own, control }
  const doubts = [...(own.reason === undefined ? [] : [own.reason]), 'what the prepared statement does is known only with the session']
  return { action: { ...own, ...certainty(doubts) }, control }
}

interface Facts {
  readonly facts: Action['facts']
  readonly outputs: readonly Lineage[] | undefined
}

function findFacts(resolver: Resolver, outline: Outline, finding: Finding, place: Place): Facts {
  const { names } = resolver
  const named = dependsOnNames(outline)
  const { changes = {}, outputs } = names === undefined ? {} : findNamed(finding, { outline, names, declared: resolver.declared })
  if (named && names === undefined) finding.doubts.add('the target model is not loaded')
  if (named && place.earlier?.changesNames === true)
    finding.doubts.add('an earlier statement of the text changes how names resolve: send them separately')
  if (named && place.earlier?.ddl === true) finding.doubts.add('an earlier statement of the text changes the catalog: send them separately')
  if (outline.unlisted === true || isOpaque(finding)) finding.unlisted = true
  const relations = [...finding.touches.values()].some(({ kind }) => kind === 'relation')
  const facts = {
    multi: place.statements > 1,
    statements: place.statements,
    ...(outline.limit === undefined ? {} : { limit: outline.limit }),
    ...(outline.explains === undefined ? {} : { explain: outline.explains }),
    ...changes,
    ...(finding.unresolved.size === 0 ? {} : { unresolved: [...finding.unresolved] }),
    ...(finding.absent.size === 0 ? {} : { absent: [...finding.absent] }),
    ...(relations && !finding.unlisted ? { columns_listed: true } : {}),
  }
  return { facts, outputs: isOpaque(finding) ? undefined : outputs }
}

function dependsOnNames(outline: Outline): boolean {
  const { levels, calls, operators, types, objects } = outline
  return (
    calls.length + operators.length + types.length + objects.length > 0 ||
    levels.some((level) => level.sources.some((source) => source.kind === 'relation'))
  )
}

function certainty(doubts: Iterable<string>): Certainty {
  const reason = [...doubts].join('; ')
  return reason === '' ? { certainty: 'exact' } : { certainty: 'unknown', reason }
}

function union(outer: Action, inner: Action): Action {
  const functions = [...new Set([...(outer.functions ?? []), ...(inner.functions ?? [])])]
  const reasons = [outer.reason, inner.reason].filter((reason) => reason !== undefined)
  return {
    verb: outer.verb,
    effects: [...new Set([...outer.effects, ...inner.effects])].toSorted(),
    touches: [...outer.touches, ...inner.touches],
    ...(functions.length === 0 ? {} : { functions }),
    facts: listed(outer, inner),
    certainty: outer.certainty === 'exact' && inner.certainty === 'exact' ? 'exact' : 'unknown',
    ...(reasons.length === 0 ? {} : { reason: reasons.join('; ') }),
  }
}

/** The columns of both are listed only where those of each are. */
function listed(outer: Action, inner: Action): Action['facts'] {
  const { columns_listed: _, ...facts } = { ...inner.facts, ...outer.facts }
  const both = [outer, inner].filter(({ touches }) => touches.some(({ kind }) => kind === 'relation'))
  return both.length > 0 && both.every((action) => action.facts['columns_listed'] === true) ? { ...facts, columns_listed: true } : facts
}

function mergeFlags(one: ControlFlags | undefined, other: ControlFlags): ControlFlags {
  const { changesSettings, changesNames, changesLexing, ddl, returnsRows } = other
  return {
    changesSettings: changesSettings || one?.changesSettings === true,
    changesNames: changesNames || one?.changesNames === true,
    changesLexing: changesLexing || one?.changesLexing === true,
    ddl: ddl || one?.ddl === true,
    returnsRows: returnsRows || one?.returnsRows === true,
  }
}

const settingEffects = ['session_ok', 'unsafe_setting', 'lexing', 'name_resolution', 'impersonate']
const opaqueEffects = ['execute_unknown', 'dynamic_sql', 'unknown_statement', 'unparsable', 'indirect']

function flagsOf(effects: readonly string[], returnsRows: boolean): ControlFlags {
  const has = (...wanted: readonly string[]) => wanted.some((effect) => effects.includes(effect))
  const opaque = has(...opaqueEffects)
  return {
    changesSettings: opaque || has(...settingEffects),
    changesNames: opaque || has('name_resolution'),
    changesLexing: opaque || has('lexing'),
    ddl: opaque || has('ddl', 'define_code'),
    returnsRows,
  }
}

function controlOf(outline: Outline, own: Action, inner: Omit<Classified, 'text'> | undefined): Control {
  const flags = flagsOf(own.effects, outline.returnsRows)
  const { control } = outline
  if (control.kind === 'execute') return { ...control, own: pickCertainty(own), ...flags }
  if (control.kind !== 'prepare') return { ...control, ...flags, changesNames: flags.changesNames || setsPath(control) }
  const { action, control: innerFlags } = inner ?? unreadable('', { code: 'unparsable', reason: 'nothing was prepared' })
  const outputs = inner?.outputs === undefined ? {} : { innerOutputs: inner.outputs }
  return { ...control, inner: action, innerFlags: mergeFlags(undefined, innerFlags), ...outputs, ...flags }
}

/** Also by going back to the path that the session began with. */
function setsPath(control: Outline['control']): boolean {
  if (control.kind === 'discard') return control.what === 'all'
  if (control.kind === 'reset' && control.name === undefined) return true
  return (control.kind === 'reset' || control.kind === 'set') && control.name === 'search_path'
}

function pickCertainty({ certainty, reason }: Action): Certainty {
  return { certainty, ...(reason === undefined ? {} : { reason }) }
}

/** A prepared statement, as the control of PREPARE or the classification of a Parse tells it. */
interface Prepared {
  readonly inner: Action
  readonly innerFlags: ControlFlags
  readonly innerOutputs?: readonly Lineage[] | undefined
}

/** What EXPLAIN without ANALYZE leaves out of a prepared statement. */
const onlyWhenRun: ReadonlySet<string> = new Set(['write', 'insert', 'update', 'delete', 'merge', 'truncate', 'lock_rows'])

/**
 * EXECUTE, or what else names a prepared statement, together with that statement: what will happen when it runs. What was in
 * doubt only because of the name is in doubt no more. Anything but an `execute` control comes back as it is.
 */
export function withPrepared(execute: Classified, prepared: Prepared): Classified {
  const { action, control } = execute
  if (control.kind !== 'execute') return execute
  const { reason: _, ...rest } = action
  const own: Action = { ...rest, effects: action.effects.filter((effect) => effect !== 'indirect'), ...control.own }
  const run = control.returnsRows ? prepared.inner : stored(prepared.inner)
  const inner = control.run ? run : planned(prepared.inner)
  const joined = union(own, inner)
  const flags = mergeFlags(flagsOf(own.effects, control.returnsRows), control.run ? prepared.innerFlags : flagsOf(inner.effects, false))
  const explained = action.verb === 'explain'
  const outputs = explained ? [planOf(joined.touches)] : control.returnsRows ? prepared.innerOutputs : undefined
  return { ...execute, action: joined, control: { ...control, ...flags }, ...(outputs === undefined ? {} : { outputs }) }
}

/** CREATE TABLE AS EXECUTE: what would come out goes into a table. */
function stored(action: Action): Action {
  const touches = action.touches.map((touch): Touch =>
    touch.access === 'read' && (touch.use === 'output' || touch.use === 'derived') ? { ...touch, use: 'sink' } : touch,
  )
  return { ...action, touches }
}

function planned(action: Action): Action {
  const { filtered: _, affects_all: __, ...facts } = action.facts
  return {
    ...action,
    effects: [...new Set([...action.effects.filter((effect) => !onlyWhenRun.has(effect)), 'read'])],
    touches: action.touches.map((touch) => ({ ...touch, access: 'read' })),
    facts,
  }
}
