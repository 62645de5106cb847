import { no, yes } from '../answer.js'
import type { Condition } from './condition.js'

/** Whether the classifier is sure. A rule may deny what is `unknown`; nothing can allow it. */
export function certainty(wanted: 'exact' | 'unknown'): Condition {
  return {
    key: 'certainty',
    test: (action) => (action.certainty === wanted ? yes : no),
    why: (action) => `the classification is ${action.certainty}${action.reason ? ` (${action.reason})` : ''}; the rule asks for ${wanted}`,
  }
}
