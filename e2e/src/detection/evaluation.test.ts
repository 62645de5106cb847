import { describe, expect, it } from 'vitest'
import { size } from '../sizes.js'
import { labelled } from './cells.js'
import { score } from './score.js'

describe.each([
  { name: 'cells that hold one value', prose: false, recall: 0.99, precision: 0.98 },
  { name: 'sentences', prose: true, recall: 0.9, precision: 0.9 },
])('detectors in $name', ({ prose, recall, precision }) => {
  const scores = score(labelled(20_260, size('labelled cells of a kind'), prose))

  it.each(Object.entries(scores))('keep to the aims for %s', (_kind, { recall: found, precision: right, missed, wrong }) => {
    expect(found.share, `missed: ${missed.join('\n')}`).toBeGreaterThanOrEqual(recall)
    expect(right.share, `wrong: ${wrong.join('\n')}`).toBeGreaterThanOrEqual(precision)
  })
})
