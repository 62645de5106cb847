/**
 * What an agent found out about a target by looking at it with its own login: where a statement that slips past the
 * gateway would meet no limit of the target's own. A finding describes; it refuses nothing.
 */
export const severities = ['critical', 'warning', 'info'] as const

/**
 * `critical`: one mistake in a policy gives away the machine or every row. `warning`: the target would not stop what a
 * policy forgot. `info`: worth knowing.
 */
export type Severity = (typeof severities)[number]

export interface Finding {
  /** Stable, of `[a-z0-9_]`; at most one finding of a posture has it. */
  readonly id: string
  readonly severity: Severity
  /** One sentence that names the objects. */
  readonly what: string
  /** Statements or advice that make it go away. */
  readonly remedy: string
}

/** The gravest first, then by id, so that the same state is always told the same way. */
export function orderFindings(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ severity }: Finding) => severities.indexOf(severity)
  return findings.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
}
