import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkSync } from 'recheck'
import { describe, expect, it } from 'vitest'
import './catalogue.js'
import './columns.js'
import './custom.js'
import './unescape.js'
import { patterns } from './pattern.js'

/** The checker's program in JavaScript, whatever else may be installed. */
process.env['RECHECK_SYNC_BACKEND'] = 'pure'

/** A regular expression written with slashes, or one made from a text. */
const literal = /new RegExp\(|(?:^|[=(,:?|&!{[ ])\/(?![/* ])[^/\n]+\/[dgimsuvy]*[.,;)\]\n]/m

describe('the patterns of detectors', () => {
  it.each([...new Map(patterns.map((pattern) => [String(pattern), pattern]))])(
    '%s takes time linear in its text',
    (_, { source, flags }) => {
      // The other checker only tries to find a text that takes long.
      const found = checkSync(source, flags, { checker: 'automaton', timeout: 20_000 })
      expect(found).toMatchObject({ complexity: { type: expect.stringMatching(/^(?:safe|linear)$/) as string } })
    },
  )

  it('are all of them written where this test sees them', () => {
    const folder = import.meta.dirname
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'pattern.ts')
    expect(literal.test('x.replace(/a+/g, b)')).toBe(true)
    expect(files.filter((file) => literal.test(readFileSync(join(folder, file), 'utf8')))).toEqual([])
  })
})
