import type { Action } from '@sallyport/core'
import { type Answer, both, either, maybe, no, yes } from '../answer.js'
import type { MatchDocument } from '../document/schema.js'
import { glob } from '../glob.js'
import { type Condition, type Quantifier, some } from './condition.js'

type Expected = NonNullable<MatchDocument['facts']>[string]
type Scalar = string | number | boolean | null

/**
 * Facts by name, dots reaching inside (`body.amount`). A list in the rule means one of its values; texts may be globs. A
 * fact that is itself a list fits a deny when one element does, an allow or hold when all do and there is one. A fact that is absent, or
 * of another type than the rule expects, is *maybe*.
 */
export function facts(spec: NonNullable<MatchDocument['facts']>, quantifier: Quantifier): Condition {
  const wanted = Object.entries(spec).map(([name, expected]) => ({
    name,
    path: name.split('.'),
    fits: fit(expected, quantifier),
    expected,
  }))
  return {
    key: 'facts',
    test(action) {
      let answer: Answer = yes
      for (const { name, path, fits } of wanted) answer = both(answer, fits(lookup(action, name, path)))
      return answer
    },
    why(action) {
      return wanted.map(({ name, path, expected }) => `${name} is ${show(lookup(action, name, path))}, wanted ${show(expected)}`).join('; ')
    },
  }
}

function lookup({ facts }: Action, name: string, path: readonly string[]): unknown {
  if (Object.hasOwn(facts, name)) return facts[name]
  let value: unknown = facts
  for (const step of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[step]
  }
  return value
}

function fit(expected: Expected, quantifier: Quantifier): (fact: unknown) => Answer {
  const fits = (Array.isArray(expected) ? expected : [expected]).map((value) => fitScalar(value))
  const best = (fact: unknown): Answer => fits.reduce<Answer>((answer, f) => either(answer, f(fact)), no)
  return (fact) => {
    if (!Array.isArray(fact)) return best(fact)
    if (fact.length === 0) return no
    return quantifier === 'one'
      ? fact.reduce<Answer>((answer, item) => either(answer, best(item)), no)
      : fact.reduce<Answer>((answer, item) => both(answer, best(item)), yes)
  }
}

function fitScalar(expected: Scalar): (fact: unknown) => Answer {
  if (expected === null) return (fact) => (fact === null ? yes : fact === undefined ? maybe : no)
  const matches = typeof expected === 'string' ? glob(expected) : undefined
  return (fact) => {
    if (typeof fact !== typeof expected) return maybe
    return (matches ? matches(fact as string) : fact === expected) ? yes : no
  }
}

function show(value: unknown): string {
  if (value === undefined) return 'not known'
  if (Array.isArray(value)) return `one of ${some(value.map((item) => show(item)))}`
  return typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value).slice(0, 80)
}
