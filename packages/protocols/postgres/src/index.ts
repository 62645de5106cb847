import type { Protocol } from '@sallyport/gate'
import { postgresTarget } from './target.js'

/**
 * PostgreSQL: one line in the registry. Light: the engine, the parser and everything they need are imported only by `load`.
 * A caller must not import another file of this package.
 */
export const postgres: Protocol = {
  name: 'postgres',
  target: postgresTarget,
  obligations: { mask: 'columns', record: 'unkept', max_rows: 'refused', hold: 'honoured' },
  load: {
    engine: async (options) => (await import('./engine.js')).createEngine(options),
    judge: async () => (await import('./judge.js')).createJudge(),
    probe: async () => (await import('./model/posture.js')).probePosture,
    sample: async () => (await import('./sampling/sample.js')).sampleTarget,
  },
}
