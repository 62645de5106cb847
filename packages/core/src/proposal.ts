/** What a few values of a column suggest that it should be labelled with. Evidence is counted, never quoted. */
export interface LabelProposal {
  /** Full name, as policies and a resource's `labels` write it. */
  readonly column: string
  readonly label: string
  /** Whose finding it is. */
  readonly detector: string
  /** Values that the detector took for its own, of those it was shown; nulls are not shown. */
  readonly matched: number
  readonly sampled: number
}

/** By column, the strongest evidence first, so that the same rows are always told the same way. */
export function orderProposals(proposals: readonly LabelProposal[]): readonly LabelProposal[] {
  const share = ({ matched, sampled }: LabelProposal) => matched / sampled
  return proposals.toSorted((a, b) => compare(a.column, b.column) || share(b) - share(a) || compare(a.detector, b.detector))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
