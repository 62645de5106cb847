import { type Answer, both, either, maybe, no, yes } from '../answer.js'
import { glob } from '../glob.js'
import { type Condition, type Quantifier, some } from './condition.js'

/**
 * Functions by resolved name, with globs. A pattern without parentheses means every signature; one with them can only be
 * *maybe* where the action's name has none. Deny: one function fits; allow, hold: all do. A classifier that is sure and
 * lists none says that none is called; one that is not sure may have missed some.
 */
export function functions(patterns: readonly string[], quantifier: Quantifier): Condition {
  const fits = patterns.map(fit)
  const best = (name: string): Answer => fits.reduce<Answer>((answer, f) => either(answer, f(name)), no)
  return {
    key: 'functions',
    test({ functions = [], certainty }) {
      const known = certainty === 'exact'
      if (quantifier === 'one') return functions.reduce<Answer>((answer, name) => either(answer, best(name)), known ? no : maybe)
      return functions.reduce<Answer>((answer, name) => both(answer, best(name)), known ? yes : maybe)
    },
    why: ({ functions = [], certainty }) =>
      `it calls ${some(functions)}${certainty === 'exact' ? '' : ', perhaps more'}; the rule names ${some(patterns)}`,
  }
}

function fit(pattern: string): (name: string) => Answer {
  const matches = glob(pattern)
  if (!pattern.includes('(')) return (name) => (matches(bare(name)) ? yes : no)
  const anySignature = glob(bare(pattern))
  return (name) => {
    if (name.includes('(')) return matches(name) ? yes : no
    return anySignature(name) ? maybe : no
  }
}

function bare(name: string): string {
  const at = name.indexOf('(')
  return at < 0 ? name : name.slice(0, at)
}
