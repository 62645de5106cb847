import type { Detection, MaskKind, Masks, RuleRef } from '@sallyport/core'
import { no } from './answer.js'
import { coversOf, scopes } from './judge.js'
import { type Mask, strongestMask } from './masks.js'
import { byRef } from './order.js'
import type { Policy } from './policy.js'
import type { AccessRequest } from './request.js'

type Standing = Omit<AccessRequest, 'actions' | 'now' | 'grants'>

/** A mask rule that is in force, as its policy writes it. */
export interface MaskInForce {
  readonly rule: RuleRef
  readonly columns: readonly string[]
  readonly labels: readonly string[]
  readonly detect: readonly string[]
  readonly as: MaskKind
}

/** The rules that `masksFor` is made of, in their order; for whoever asks why. */
export function masksInForce(request: Standing, policies: readonly Policy[]): readonly MaskInForce[] {
  const rules = [...owedTo(request, policies).values()].map(({ policy, mask }): MaskInForce => {
    const { columns = [], labels = [] } = policy.document.masks?.find(({ id }) => id === mask.ref.rule) ?? {}
    return { rule: mask.ref, columns, labels, detect: mask.detect, as: mask.as }
  })
  return rules.sort((a, b) => byRef(a.rule, b.rule))
}

interface Owed {
  readonly policy: Policy
  readonly mask: Mask
}

function owedTo(request: Standing, policies: readonly Policy[]): ReadonlyMap<string, Owed> {
  const owed = new Map<string, Owed>()
  for (const scope of scopes({ ...request, actions: [], now: 0, grants: [] })) {
    for (const { policy, closes } of coversOf(scope, policies)) {
      if (closes === no) continue
      for (const mask of policy.masks) owed.set(`${policy.name} ${mask.says}`, { policy, mask })
    }
  }
  return owed
}

/**
 * Everything that must be masked for a caller at a resource, whatever it asks: what `decide` owes for one statement is
 * part of it. Masks hang on no statement and no hour, so that one answer holds as long as policies, caller and resource
 * are the same. A policy that only may be about one of the chain counts. Absent: nothing is masked.
 */
export function masksFor(request: Standing, policies: readonly Policy[]): Masks | undefined {
  const owed = owedTo(request, policies)
  if (owed.size === 0) return undefined
  const masks = [...owed.values()].map(({ mask }) => mask).sort((a, b) => byRef(a.ref, b.ref))
  const strongest = (found: readonly Mask[]): MaskKind | undefined =>
    found.length === 0 ? undefined : strongestMask(found.map(({ as }) => as))
  return {
    key: [...owed.keys()].sort().join('\n'),
    rules: new Set(owed.keys()),
    of: (column, labels) => strongest(masks.filter((mask) => !mask.within && mask.covers(column, labels))),
    within: (column, labels) => masks.filter((mask) => mask.within && mask.covers(column, labels)).map(detection),
    because: (column, labels) => masks.filter((mask) => mask.covers(column, labels)).map(({ ref }): RuleRef => ref),
    guesses: ({ touches }) =>
      touches.some(
        ({ kind, name, test, labels }) => kind === 'column' && test === 'equality' && masks.some((mask) => mask.covers(name, labels)),
      ),
    mayHide: (relation) => masks.some((mask) => mask.mayHide(relation)),
    byContent: masks.some(({ detect }) => detect.length > 0),
    detect: masks.filter(({ detect, within }) => detect.length > 0 && !within).map(detection),
  }
}

function detection({ detect, as }: Mask): Detection {
  return { detectors: detect, as }
}
