import type { Veil } from '../masking/veil.js'
import type { Plan } from './resolution.js'
import { type Trouble, troubles } from './trouble.js'

/**
 * What a permit lets run, and whose answer would show what is owed masked in a form that cannot be masked: the data of a
 * COPY, and what EXPLAIN tells beyond the plan. It must not be forwarded.
 */
export function unmaskable({ shown, copyOut }: Plan, veil: Veil): Trouble | undefined {
  for (const statement of shown) {
    if (!statement) continue
    const { control, action } = statement
    // What EXECUTE or FETCH names is told of with it: its facts, and that something of the unit copies out.
    const copies = control.kind === 'copy_out' || (copyOut && (control.kind === 'execute' || control.kind === 'fetch'))
    if (copies && !veil.clean(statement)) return troubles.copyMasked
    const explains = action.verb === 'explain' || Object.hasOwn(action.facts, 'explain')
    if (explains && veil.hides(action) && tellsMore(action.facts['explain'])) return troubles.explainMasked
  }
  return undefined
}

/** FORMAT and COSTS tell nothing of values; ANALYZE counts rows, VERBOSE shows folded constants, BUFFERS and others the work. */
const harmless: ReadonlySet<unknown> = new Set(['format', 'costs', 'summary', 'timing', 'generic_plan'])

function tellsMore(options: unknown): boolean {
  return !Array.isArray(options) || !options.every((option) => harmless.has(option))
}
