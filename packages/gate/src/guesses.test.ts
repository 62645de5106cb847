import type { Masks, Unit } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { createGuesses } from './guesses.js'

const masks = { guesses: ({ verb }) => verb === 'guess' } as Masks
const unit = (verb: string, text: string, value?: string): Unit => ({
  actions: [{ verb, effects: [], touches: [], facts: {}, certainty: 'exact' }],
  exact: [Buffer.from(text)],
  ...(value !== undefined && { params: [{ format: 'text', value: Buffer.from(value) }] }),
  context: {},
})

describe('the guesses of a session', () => {
  it('are so many different ones, by text and by parameter; the same one again is free', () => {
    const guesses = createGuesses()
    for (let i = 0; i < 500; i++) expect(guesses.spend(unit('guess', `= ${i}`), masks)).toBe(true)
    for (let i = 0; i < 500; i++) expect(guesses.spend(unit('guess', '= $1', `${i}`), masks)).toBe(true)
    expect(guesses.spend(unit('guess', '= 7'), masks)).toBe(true)
    expect(guesses.spend(unit('guess', '= $1', '7'), masks)).toBe(true)
    expect(guesses.spend(unit('guess', '= another'), masks)).toBe(false)
  })

  it('are not counted where nothing is compared, and not limited where nothing is masked', () => {
    const guesses = createGuesses()
    for (let i = 0; i < 1500; i++) expect(guesses.spend(unit('read', `${i}`), masks)).toBe(true)
    for (let i = 0; i < 1500; i++) expect(guesses.spend(unit('guess', `${i}`), undefined)).toBe(true)
    expect(guesses.spend(unit('guess', 'first'), masks)).toBe(true)
  })
})
