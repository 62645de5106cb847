/**
 * How long something took that happens with every statement, as a histogram in the text format of Prometheus ("Exposition
 * formats"). It counts in place, where the general one looks its labels up anew each time. The label is one of a closed set.
 */
export interface Times<Value extends string> {
  observe(value: Value, seconds: number): void
  /** All lines, the last one ended; without a line for what was never seen. */
  text(): string
}

export interface TimesOptions<Value extends string> {
  readonly name: string
  readonly help: string
  readonly label: string
  readonly values: readonly Value[]
  /** Upper bounds in seconds, rising. */
  readonly buckets: readonly number[]
}

interface Series {
  /** Not added up yet; the last one holds what exceeds every bound. */
  readonly counts: number[]
  sum: number
}

export function createTimes<Value extends string>({ name, help, label, values, buckets }: TimesOptions<Value>): Times<Value> {
  const empty = (): Series => ({ counts: [...buckets.map(() => 0), 0], sum: 0 })
  const all = new Map<Value, Series>(values.map((value) => [value, empty()]))
  return {
    observe(value, seconds) {
      const series = all.get(value)
      if (series === undefined) return
      let at = 0
      while (at < buckets.length && seconds > buckets[at]!) at++
      series.counts[at]! += 1
      series.sum += seconds
    },
    text() {
      const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`]
      for (const [value, { counts, sum }] of all) {
        let below = 0
        const bounds = counts.map((count, i) => `${name}_bucket{${label}="${value}",le="${buckets[i] ?? '+Inf'}"} ${(below += count)}`)
        if (below > 0) lines.push(...bounds, `${name}_sum{${label}="${value}"} ${sum}`, `${name}_count{${label}="${value}"} ${below}`)
      }
      return `${lines.join('\n')}\n`
    },
  }
}
