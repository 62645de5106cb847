import type { LabelProposal } from '@sallyport/core'
import { expect, test } from 'vitest'
import { limits } from './limits.js'
import { readSampling, writeSampling } from './sampling.js'

const proposal: LabelProposal = { column: 'public.customers.email', label: 'pii.email', detector: 'email', matched: 198, sampled: 200 }
const sampling = { database: 'shop', relations: 3, skipped: 1, proposals: [proposal] }

test('a sampling arrives as it was made', () => {
  expect(readSampling(writeSampling(sampling))).toEqual(sampling)
})

test('more proposals than anybody reads are cut by who sends, who says so, and refused by who is sent them', () => {
  const proposals = Array.from({ length: limits.proposals + 1 }, (_, i) => ({ ...proposal, column: `public.t.c${i}` }))
  const written = writeSampling({ ...sampling, proposals })
  expect([written.proposals.length, written.skipped]).toEqual([limits.proposals, 2])
  expect(() => readSampling({ ...sampling, proposals })).toThrow('more proposals')
})

test.each([
  [{ column: '' }],
  [{ column: 'a\0b' }],
  [{ column: 'x'.repeat(201) }],
  [{ label: 'ada@example.org' }],
  [{ label: '' }],
  [{ detector: 'x'.repeat(64) }],
  [{ detector: '4111 1111' }],
  [{ matched: 0 }],
  [{ matched: 201 }],
])('a proposal of another spelling is refused: %o', (wrong) => {
  expect(() => readSampling({ ...sampling, proposals: [{ ...proposal, ...wrong }] })).toThrow(/^a |^evidence /)
})
