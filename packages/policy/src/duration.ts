const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `30s`, `10m`, `24h`, `7d` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const found = /^([1-9]\d{0,5})([smhd])$/.exec(text)
  return found ? Number(found[1]) * units[found[2] as keyof typeof units] : undefined
}
