import { constant, createBudget } from '@sallyport/masking'
import { readRowDescription } from '../../src/codec/index.js'
import { createRowMask } from '../../src/masking/rows.js'
import type { Veil } from '../../src/masking/veil.js'

/** Everything that is shown becomes `***`, whatever it is of. */
export function veil(options: Partial<Veil> = {}): Veil {
  return {
    hides: () => false,
    clean: () => true,
    words: undefined,
    rows: (frame) => ({
      mask: createRowMask(readRowDescription(frame).map(() => ({ mask: constant('***') }))),
      columns: 1,
      contradicted: [],
      unknown: false,
      budget: createBudget(),
    }),
    ...options,
  }
}
