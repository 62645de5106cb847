import type { LabelProposal } from '@sallyport/core'
import { propose as proposeOf } from '@sallyport/masking'

export type Evidence = Omit<LabelProposal, 'column'>

/** What the samples of one column suggest, by the names that stand for it and for the members of its JSON. */
export type Propose = (samples: ReadonlyMap<string, readonly string[]>) => readonly Evidence[]

/** Of several members that suggest the same, the one with the most evidence speaks for the column. */
export const propose: Propose = (samples) => {
  const best = new Map<string, Evidence>()
  for (const [name, texts] of samples) {
    for (const { label, detector, matched, sampled } of proposeOf(name, texts)) {
      const key = `${label} ${detector}`
      if ((best.get(key)?.matched ?? 0) < matched) best.set(key, { label, detector, matched, sampled })
    }
  }
  return [...best.values()]
}
