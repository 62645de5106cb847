import process from 'node:process'

/**
 * How much of each check `npm test` does, and how much `npm run soak`. The same code runs at both sizes: a check asks
 * for its size here and for nothing else, so that what passes small and what is measured large cannot drift apart.
 */
const sizes = {
  'idle sessions': { test: 200, soak: 10_000 },
  'bytes past a slow end': { test: 192_000_000, soak: 1_000_000_000 },
  'logins at once': { test: 200, soak: 900 },
  'blobs of garbage': { test: 200, soak: 5000 },
  'idle sessions on PostgreSQL': { test: 30, soak: 500 },
  kills: { test: 2, soak: 50 },
  'half-open connections': { test: 1200, soak: 2000 },
  'frames of a hostile client': { test: 10_000, soak: 500_000 },
  'frames of a hostile target': { test: 5_000, soak: 250_000 },
  'sessions beside a direct one': { test: 100, soak: 3000 },
  'statements beside a direct connection': { test: 600, soak: 20_000 },
  'mutated statements': { test: 3000, soak: 50_000 },
  'statements called reads': { test: 300, soak: 10_000 },
  'statements on twins': { test: 500, soak: 20_000 },
  'labelled cells of a kind': { test: 500, soak: 20_000 },
  'frames through the relay': { test: 5_000, soak: 250_000 },
  'statements in worlds of lineage': { test: 100, soak: 10_000 },
} as const satisfies Readonly<Record<string, { readonly test: number; readonly soak: number }>>

/** True in `npm run soak`, whose figures are written down. */
export const soaking = process.env['SALLYPORT_SOAK'] === '1'

export function size(of: keyof typeof sizes): number {
  return soaking ? sizes[of].soak : sizes[of].test
}
