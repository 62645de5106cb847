import { maybe, no, yes } from '../answer.js'
import { type Condition, some } from './condition.js'

/** The protocol's own verb, whatever its case: a deny of `delete` must meet `DELETE`. */
export function verbs(list: readonly string[]): Condition {
  const wanted = new Set(list.map((verb) => verb.toLowerCase()))
  return {
    key: 'verbs',
    test: ({ verb }) => (verb === '' ? maybe : wanted.has(verb) || wanted.has(verb.toLowerCase()) ? yes : no),
    why: ({ verb }) => (verb === '' ? 'the verb is not known' : `the verb is ${verb}; the rule names ${some(list)}`),
  }
}
