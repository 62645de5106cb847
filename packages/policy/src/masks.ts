import type { Action, MaskKind, PartialMask, RuleRef, Touch } from '@sallyport/core'
import { hidingRelation, relationOf } from './columns.js'
import type { MaskDocument } from './document/schema.js'
import { anyGlob, glob, type Matches } from './glob.js'

/**
 * What may be shown only masked. A masked column may leave the target as a bare output, which becomes an obligation, or
 * in a use that the policy opens; every other use of it is a deny. Where it is not known which columns are read, or how,
 * the mask applies.
 */
export interface Mask {
  readonly ref: RuleRef
  /** The rule as canonical text. */
  readonly says: string
  readonly as: MaskKind
  /** Detectors over every value, and JSON paths: they are owed whatever the action touches. */
  readonly detect: readonly string[]
  readonly paths: readonly string[]
  /** Only what the detectors find within the columns is masked, not the columns whole; their uses are the mask's all the same. */
  readonly within: boolean
  /** Whether it is about a column of that full name. Labels that are not known count. */
  covers(column: string, labels?: readonly string[]): boolean
  /** Whether it may be about some column of that relation. */
  mayHide(relation: string): boolean
  /** What this action owes, or why it may not run. */
  judge(action: Action): Masking
}

export type Masking = { readonly columns: readonly string[] } | Refused

/** Why, and how the caller may ask for the same thing so that it can be answered. */
export interface Refused {
  readonly refused: string
  readonly instead: string
}

const nothing: Masking = { columns: [] }

type Uses = Required<NonNullable<MaskDocument['uses']>>
const defaultUses: Uses = { predicate: 'none', key: 'deny', derived: 'deny', copy: 'deny', sink: 'deny' }

export function mask(policy: string, document: MaskDocument): Mask {
  const uses = { ...defaultUses, ...document.uses }
  const columns = (document.columns ?? []).filter((c) => !c.startsWith('$'))
  const labels = new Set(document.labels)
  const named = anyGlob(columns)
  const hides: readonly Matches[] = columns.flatMap((c) => [glob(relationOf(c)), glob(c)])
  const mayHide = (relation: string) => labels.size > 0 || hides.some((h) => h(relation))
  const selects = columns.length > 0 || labels.size > 0
  const covers = (name: string, own?: readonly string[]) =>
    named(name) || (labels.size > 0 && (!own || own.some((label) => labels.has(label))))
  return {
    ref: { policy, rule: document.id },
    says: JSON.stringify([document.id, document.columns, document.labels, document.detect, document.as]),
    as: document.as,
    detect: document.detect ?? [],
    paths: (document.columns ?? []).filter((c) => c.startsWith('$')),
    within: selects && document.detect !== undefined,
    covers: (column, own) => selects && covers(column, own),
    mayHide: (relation) => selects && mayHide(relation),
    judge(action) {
      if (!selects) return nothing
      const hidden = hidingRelation(action, mayHide)
      if (hidden)
        return { refused: `it is not known which columns of ${hidden} are read`, instead: 'select the columns you need by their names' }
      return shown(action, ({ name, labels: own }) => covers(name, own), uses)
    },
  }
}

function shown(action: Action, covers: (touch: Touch) => boolean, uses: Uses): Masking {
  let out: Set<string> | undefined
  for (const touch of action.touches) {
    if (touch.kind !== 'column' || touch.access !== 'read' || !covers(touch)) continue
    const refused = refusal(touch, uses)
    if (refused) return refused
    if (touch.use !== 'predicate') (out ??= new Set()).add(touch.name)
  }
  return out ? { columns: [...out].sort() } : nothing
}

/** Why this use of a masked column may not be; undefined where it may. */
function refusal({ name, use, test }: Touch, uses: Uses): Refused | undefined {
  switch (use) {
    case 'output':
      return undefined
    case 'predicate': {
      if (uses.predicate === 'any' || (uses.predicate === 'equality' && test === 'equality')) return undefined
      const how = uses.predicate === 'equality' ? 'may only be compared by = with one constant or parameter' : 'may not be compared'
      return {
        refused: `${name} is masked and ${how}`,
        instead: `find the rows by another column, such as a key, and leave ${last(name)} out of conditions`,
      }
    }
    case 'key':
      if (uses.key === 'allow') return undefined
      return {
        refused: `${name} is masked and may not be ordered, grouped or joined by`,
        instead: `order, group, join and make distinct by other columns than ${last(name)}`,
      }
    case 'derived':
      if (uses.derived === 'mask') return undefined
      return {
        refused: `${name} is masked and may not be computed with`,
        instead: `select ${last(name)} by itself, as a column of its own: it comes back masked`,
      }
    case 'copy':
      if (uses.copy === 'allow') return undefined
      return { refused: `${name} is masked and may not be copied out`, instead: `use SELECT, or leave ${last(name)} out of the COPY` }
    case 'sink':
      if (uses.sink === 'allow') return undefined
      return { refused: `${name} is masked and may not be written elsewhere`, instead: `leave ${last(name)} out of what is written` }
    case undefined:
      return { refused: `${name} is masked and it is not known how it is used`, instead: `leave ${last(name)} out` }
    default:
      return use satisfies never
  }
}

function last(column: string): string {
  return column.slice(relationOf(column).length + 1)
}

const strength = { nullify: 3, redact: 2, hash: 1 } as const

/** nullify > redact > hash > partial. Partials that differ, and nothing stronger, have nothing that both would show: redact. */
export function strongestMask(kinds: readonly MaskKind[]): MaskKind {
  const plain = kinds.filter((kind) => typeof kind === 'string')
  if (plain.length > 0) return plain.reduce((a, b) => (strength[a] >= strength[b] ? a : b))
  const partials = kinds.filter((kind) => typeof kind === 'object')
  const [first] = partials
  return first && partials.every(({ partial }) => canonicalPartial(partial) === canonicalPartial(first.partial)) ? first : 'redact'
}

function canonicalPartial({ keep, count }: PartialMask): string {
  return JSON.stringify([keep, count])
}
