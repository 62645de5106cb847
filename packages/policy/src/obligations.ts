import type { MaskKind, Obligation, RuleRef } from '@sallyport/core'
import type { Cover, Hit, Owed } from './judge.js'
import { strongestMask } from './masks.js'
import { byRef, compare } from './order.js'

type MaskObligation = Extract<Obligation, { kind: 'mask' }>
type RecordObligation = Extract<Obligation, { kind: 'record' }>

const none: readonly Obligation[] = []

/** Everything owed for a unit: obligations of all policies and actions together, each column under one mask. */
export function obligationsOf(owed: readonly Owed[], covers: readonly Cover[], holds: readonly Hit[]): readonly Obligation[] {
  const recording = mostRecorded(covers)
  const limit = fewestRows(holds)
  if (owed.length === 0 && !recording && !limit) return none
  return [...columnMasks(owed), ...detectors(owed), ...(recording ? [recording] : []), ...(limit ? [limit] : [])]
}

function columnMasks(owed: readonly Owed[]): readonly MaskObligation[] {
  const claims = new Map<string, { readonly as: MaskKind; readonly because: RuleRef }[]>()
  for (const { mask, columns } of owed) {
    if (mask.within) continue
    for (const column of [...columns, ...mask.paths]) {
      const claim = { as: mask.as, because: mask.ref }
      const known = claims.get(column)
      if (known) known.push(claim)
      else claims.set(column, [claim])
    }
  }
  const groups = new Map<string, MaskObligation & { columns: string[] }>()
  for (const [column, list] of claims) {
    const as = strongestMask(list.map((claim) => claim.as))
    const same = list.filter((claim) => JSON.stringify(claim.as) === JSON.stringify(as))
    const because = (same.length > 0 ? same : list).map((claim) => claim.because).sort(byRef)[0]!
    const key = JSON.stringify([because.policy, because.rule, as])
    const group = groups.get(key)
    if (group) group.columns.push(column)
    else groups.set(key, { kind: 'mask', because, columns: [column], as })
  }
  for (const group of groups.values()) group.columns.sort(compare)
  return [...groups.entries()].sort(([a], [b]) => compare(a, b)).map(([, group]) => group)
}

function detectors(owed: readonly Owed[]): readonly MaskObligation[] {
  const found = new Map<string, MaskObligation>()
  for (const { mask, columns: touched } of owed) {
    if (mask.detect.length === 0) continue
    const detect = [...mask.detect].sort(compare)
    const columns = mask.within ? touched : []
    found.set(JSON.stringify([mask.ref, mask.as, detect, columns]), { kind: 'mask', because: mask.ref, columns, detect, as: mask.as })
  }
  return [...found.entries()].sort(([a], [b]) => compare(a, b)).map(([, obligation]) => obligation)
}

/** Several policies that record: the one that keeps most. */
function mostRecorded(covers: readonly Cover[]): RecordObligation | undefined {
  let most: RecordObligation | undefined
  for (const { policy } of covers) {
    const { recording } = policy
    if (!recording) continue
    const more = most === undefined ? 1 : rowsKept(recording) - rowsKept(most)
    if (!most || more > 0 || (more === 0 && byRef(recording.because, most.because) < 0)) most = recording
  }
  return most
}

function rowsKept({ rows }: RecordObligation): number {
  return rows === 'all' ? Number.MAX_SAFE_INTEGER : rows === 'digest' ? 0 : rows
}

function fewestRows(holds: readonly Hit[]): Obligation | undefined {
  let fewest: Extract<Obligation, { kind: 'max_rows' }> | undefined
  for (const { rule } of holds) {
    const rows = rule.hold?.maxRows
    if (rows === undefined) continue
    const less = fewest === undefined ? -1 : rows - fewest.rows
    if (!fewest || less < 0 || (less === 0 && byRef(rule.ref, fewest.because) < 0)) fewest = { kind: 'max_rows', because: rule.ref, rows }
  }
  return fewest
}
