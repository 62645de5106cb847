import type { DetectorName } from '@sallyport/core'
import { words } from './context.js'

/** Names of columns that say what is in them. A hit makes a detector surer of what has the form; it never finds by itself. */
const hints: Readonly<Partial<Record<DetectorName, RegExp>>> = {
  card: words('card', 'creditcard', 'credit_card', 'ccnum', 'cc_num', 'pan', 'ccn').pattern,
}

const longest = 128

/** Detectors whose values the name of a column promises. */
export function expectedBy(column: string): readonly DetectorName[] {
  const name = column.slice(0, longest)
  return Object.entries(hints).flatMap(([detector, pattern]) => (pattern.test(name) ? [detector as DetectorName] : []))
}
