import { type Answer, maybe, no, yes } from '../answer.js'
import type { Evaluate } from '../cel.js'
import { actionForCel, type Scope } from '../scope.js'
import type { Condition } from './condition.js'
import type { Action } from '@sallyport/core'

/** More than this many touches are not looped over: the answer is *maybe*, and no caller decides how long we think. */
const maxTouches = 1000

/** A CEL expression over subject, session, resource, action and env. An error is *maybe*; only `true` is yes. */
export function when(expression: string, evaluate: Evaluate): Condition {
  const run = (action: Action, scope: Scope) =>
    action.touches.length > maxTouches
      ? { error: `the action touches more than ${maxTouches} things` }
      : evaluate({ ...scope.bindings(), action: actionForCel(action) })
  return {
    key: 'when',
    test(action, scope): Answer {
      const result = run(action, scope)
      if ('error' in result) return maybe
      return result.value ? yes : no
    },
    why(action, scope) {
      const result = run(action, scope)
      return 'error' in result ? `${expression} cannot be evaluated: ${result.error}` : `${expression} is ${result.value}`
    },
  }
}
