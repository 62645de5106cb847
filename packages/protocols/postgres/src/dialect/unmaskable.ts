import type { Veil } from '../masking/veil.js'
import type { Plan } from './resolution.js'
import { type Trouble, troubles } from './trouble.js'

/**
 * What a permit lets run, and whose answer would show what is owed masked in a form that cannot be masked: the data of a
 * COPY, and what EXPLAIN tells beyond the plan. It must not be forwarded.
 */
export function unmaskable({ shown }: Plan, veil: Veil): Trouble | undefined {
  for (const statement of shown) {
    if (!statement) continue
    const { control, action } = statement
    if (control.kind === 'copy_out' && !veil.clean(statement)) return troubles.copyMasked
    if (action.verb === 'explain' && veil.hides(action) && tellsMore(action.facts['explain'])) return troubles.explainMasked
  }
  return undefined
}

/** FORMAT and COSTS tell nothing of values; ANALYZE counts rows, VERBOSE shows folded constants, BUFFERS and others the work. */
const harmless: ReadonlySet<unknown> = new Set(['format', 'costs', 'summary', 'timing', 'generic_plan'])

function tellsMore(options: unknown): boolean {
  return !Array.isArray(options) || !options.every((option) => harmless.has(option))
}
