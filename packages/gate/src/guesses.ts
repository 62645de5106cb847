import { createHash } from 'node:crypto'
import type { Masks, Unit } from '@sallyport/core'

/**
 * Where a masked column may be compared with a value, each comparison tells whether a guess was right: enough of them are
 * a dictionary. One session has so many different ones; the same question asked again tells nothing new.
 */
export interface Guesses {
  /** Whether the unit may still run; what it asks is counted. */
  spend(unit: Unit, masks: Masks | undefined): boolean
}

/** Different guesses of one session. */
const budget = 1000

export function createGuesses(): Guesses {
  let made: Set<string> | undefined
  return {
    spend(unit, masks) {
      if (!masks || !unit.actions.some((action) => masks.guesses(action))) return true
      const guess = digest(unit)
      if (made?.has(guess)) return true
      if (made && made.size >= budget) return false
      ;(made ??= new Set()).add(guess)
      return true
    },
  }
}

function digest({ exact, params = [] }: Unit): string {
  const hash = createHash('sha256')
  for (const bytes of exact) hash.update(`${bytes.length} `).update(bytes)
  for (const { value, format } of params) hash.update(`${format} ${value?.length ?? -1} `).update(value ?? '')
  return hash.digest('base64')
}
