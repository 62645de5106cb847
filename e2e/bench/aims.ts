import type { Cell, Figures } from './report.js'

/** What the gateway may cost, as ratios to proxies that judge nothing. */
export interface Aim {
  readonly what: string
  /** NaN where a proxy to compare with is absent. */
  readonly figure: number
  readonly aim: string
  readonly kept: boolean
}

export const atMost = (what: string, figure: number, limit: number): Aim => ({ what, figure, aim: `≤ ${limit}`, kept: figure <= limit })
export const atLeast = (what: string, figure: number, limit: number): Aim => ({ what, figure, aim: `≥ ${limit}`, kept: figure >= limit })

/** Memory per idle session is another check's: fewer than thousands of them fit into what a process has to spare. */
export function againstAims({ encrypted, rates }: Figures): readonly Aim[] {
  const ratio = (from: Readonly<Record<string, number>>, to: string) => (from['sallyport'] ?? Number.NaN) / (from[to] ?? Number.NaN)
  return [
    ...encrypted.flatMap(ofStatements),
    atLeast('COPY out of a million rows, bytes per second to those of haproxy', ratio(rates.copy, 'haproxy'), 0.8),
    atLeast('select of a million rows, bytes per second to those of haproxy', ratio(rates.select, 'haproxy'), 0.8),
  ]
}

/** Texts that come again and again are no aim of the simple protocol: who sends them may as well prepare them. */
function ofStatements({ load, fronts }: Cell): readonly Aim[] {
  const { protocol, unseen, clients } = load
  if (protocol === 'simple' && !unseen) return []
  const [latency, throughput] = protocol === 'simple' ? [2, 0.65] : [1.35, 0.85]
  const name = `${protocol}${unseen ? ', texts never seen' : ''}, ${clients} client${clients === 1 ? '' : 's'}`
  const of = (front: string, key: 'p50' | 'tps') => fronts[front]?.[key] ?? Number.NaN
  const added = (of('sallyport', 'p50') - of('direct', 'p50')) / (of('pgbouncer', 'p50') - of('direct', 'p50'))
  const rate = atLeast(`${name}: throughput to that of pgbouncer`, of('sallyport', 'tps') / of('pgbouncer', 'tps'), throughput)
  return clients === 1 ? [atMost(`${name}: added p50 latency to that of pgbouncer`, added, latency)] : [rate]
}
