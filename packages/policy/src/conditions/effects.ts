import type { Action } from '@sallyport/core'
import { type Answer, both, maybe, no, yes } from '../answer.js'
import type { MatchDocument } from '../document/schema.js'
import { type Condition, type Quantifier, some } from './condition.js'

/**
 * `any`: one of these is among the action's effects; `all`: every one of these; `none`: not one of these. `only`: every
 * effect of the action is one of these (allow, hold), or one effect is (deny). An effect that is not listed is surely
 * absent only where the classifier is sure, and an action without any effect was not classified.
 */
export function effects(spec: NonNullable<MatchDocument['effects']>, quantifier: Quantifier): Condition {
  const tests = parts(spec, quantifier)
  return {
    key: 'effects',
    test(action) {
      let answer: Answer = yes
      for (const { test } of tests) answer = both(answer, test(action))
      return answer
    },
    why(action) {
      const failing = tests.filter(({ test }) => test(action) !== yes).map(({ says }) => says)
      const has = `the action's effects are ${some(action.effects)}${complete(action) ? '' : ', perhaps more'}`
      return failing.length === 0 ? has : `${has}; the rule asks for ${failing.join(' and ')}`
    },
  }
}

interface Part {
  readonly says: string
  readonly test: (action: Action) => Answer
}

function parts({ any, all, only, none }: NonNullable<MatchDocument['effects']>, quantifier: Quantifier): readonly Part[] {
  const out: Part[] = []
  if (any) out.push({ says: `any of ${some(any)}`, test: hasOne(new Set(any)) })
  if (all)
    out.push({ says: `all of ${some(all)}`, test: (action) => (all.every((e) => action.effects.includes(e)) ? yes : unlisted(action)) })
  if (only) {
    const allowed = new Set(only)
    out.push({ says: `only ${some(only, 12)}`, test: quantifier === 'one' ? hasOne(allowed) : hasOnly(allowed) })
  }
  if (none) {
    const refused = new Set(none)
    const test = (action: Action) => (action.effects.some((e) => refused.has(e)) ? no : complete(action) ? yes : maybe)
    out.push({ says: `none of ${some(none)}`, test })
  }
  return out
}

function hasOne(wanted: ReadonlySet<string>): (action: Action) => Answer {
  return (action) => (action.effects.some((e) => wanted.has(e)) ? yes : unlisted(action))
}

function hasOnly(allowed: ReadonlySet<string>): (action: Action) => Answer {
  return (action) => {
    for (const effect of action.effects) if (!allowed.has(effect)) return no
    return complete(action) ? yes : maybe
  }
}

function unlisted(action: Action): Answer {
  return complete(action) ? no : maybe
}

function complete(action: Action): boolean {
  return action.certainty === 'exact' && action.effects.length > 0
}
