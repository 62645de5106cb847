import { describe, expect, test } from 'vitest'
import { judge, type Verdict } from '../../packages/protocols/postgres/test/lineage/judge.js'
import { dice } from '../../packages/protocols/postgres/test/lineage/place.js'
import { statement } from '../../packages/protocols/postgres/test/lineage/statements.js'
import { startWorlds } from '../../packages/protocols/postgres/test/lineage/twins.js'
import { type Major, majors } from '../../packages/protocols/postgres/test/target.js'
import { size } from '../src/sizes.js'

/** The engine's own tests ask a hundred; here as many as there is time for, and other ones each time. */
describe('lineage', () => {
  const versions = majors.filter((major): major is Major => major === 15 || major === 18)
  test.each(versions)(
    'on PostgreSQL %s random statements show no column but those that were told',
    { timeout: 3_600_000 },
    async (major) => {
      const worlds = await startWorlds(major)
      const first = Date.now() % 1_000_000_000
      const wrong: (Verdict & { readonly seed: number; readonly text: string })[] = []
      let ran = 0
      try {
        for (let seed = first; seed < first + size('statements in worlds of lineage'); seed++) {
          const text = statement(dice(seed))
          const verdict = await judge(worlds, text)
          if (verdict.ran) ran++
          if (verdict.wrong.length > 0) wrong.push({ seed, text, ...verdict })
        }
      } finally {
        await worlds.stop()
      }
      expect(wrong).toEqual([])
      expect(ran).toBeGreaterThan(size('statements in worlds of lineage') * 0.8)
    },
  )
})
