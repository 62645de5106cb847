import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkSync } from 'recheck'
import './catalogue.js'
import './columns.js'
import './unescape.js'
import { patterns } from './pattern.js'

/** The checker's program in JavaScript, whatever else may be installed. */
process.env['RECHECK_SYNC_BACKEND'] = 'pure'

describe('the patterns of detectors', () => {
  it.each(patterns.map((pattern) => [String(pattern), pattern] as const))(
    '%s takes time linear in its text',
    (_name, { source, flags }) => {
      // The other checker only tries to find a text that takes long.
      const found = checkSync(source, flags, { checker: 'automaton', timeout: 20_000 })
      expect(found).toMatchObject({ complexity: { type: expect.stringMatching(/^(?:safe|linear)$/) as string } })
    },
  )
})
