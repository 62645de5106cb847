/**
 * Durations as PostgreSQL writes them in settings (`30s`, `5min`, a bare number of milliseconds). 0 means no limit.
 * Source: PostgreSQL, "Parameter Names and Values".
 */
const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const most = 0x7fffffff

/** Milliseconds, or undefined for what PostgreSQL would not take. */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*([0-9]{1,10})(?:\.[0-9]{1,6})?\s*(us|ms|s|min|h|d)?\s*$/.exec(text)
  if (!match) return undefined
  const value = Math.round(Number(match[0].replace(/[a-z\s]/g, '')) * (units[match[2] ?? 'ms'] ?? 1))
  return value <= most ? value : undefined
}

/** The stricter of two limits, where 0 and absence mean none. */
export function shorter(a: number | undefined, b: number | undefined): number | undefined {
  if (!a || !b) return a || b
  return Math.min(a, b)
}
