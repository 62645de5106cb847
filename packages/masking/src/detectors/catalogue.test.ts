import { detectorNames, detectors } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { catalogue } from './catalogue.js'
import { createDetectors } from './scan.js'

describe('the names that policies write', () => {
  it('are those of the detectors, each under its own', () => {
    expect(Object.keys(catalogue)).toEqual(detectorNames)
    expect(Object.entries(catalogue).filter(([name, { name: own }]) => name !== own)).toEqual([])
    expect(createDetectors(detectorNames).names).toEqual(detectorNames)
  })

  it('are words, and give labels with a family', () => {
    expect(detectorNames.filter((name) => !/^[a-z][a-z_]{1,62}$/.test(name))).toEqual([])
    expect(Object.values(detectors).filter(({ label }) => !/^(?:pii|secret)\.[a-z_]+$/.test(label))).toEqual([])
  })
})
