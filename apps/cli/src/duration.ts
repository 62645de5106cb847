import { Usage } from './failure.js'

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `30m`, `12h`, `7d`. Throws `Usage`. */
export function durationOf(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) throw new Usage(`a duration is a number and s, m, h or d; this is ${text}`)
  return Number(amount) * units[unit]!
}
