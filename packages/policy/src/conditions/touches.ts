import type { Action, Touch } from '@sallyport/core'
import { type Answer, both, either, maybe, no, yes } from '../answer.js'
import { hidingRelation, relationOf } from '../columns.js'
import type { MatchDocument } from '../document/schema.js'
import { glob, type Matches } from '../glob.js'
import { type Condition, type Quantifier, some } from './condition.js'

type Pattern = NonNullable<MatchDocument['touches']>[number]

/**
 * What is touched. A deny rule fits when one touch fits one pattern, an allow or hold rule when every touch fits one.
 * A column is part of its relation, so a pattern for a relation reaches its columns; an allow or hold rule that names
 * columns as well means those only. A pattern for a column may be met by a relation whose columns are not known.
 */
export function touches(patterns: readonly Pattern[], quantifier: Quantifier): Condition {
  const namesColumns = patterns.some((p) => p.kind === undefined || p.kind === 'column')
  const inherit = quantifier === 'one' || !namesColumns
  const fits = patterns.map((pattern) => fit(pattern, inherit))
  const best = (touch: Touch): Answer => {
    let answer: Answer = no
    for (const f of fits) answer = either(answer, f(touch))
    return answer
  }
  const hidden = quantifier === 'one' ? hiddenColumns(patterns) : () => false
  return {
    key: 'touches',
    test: quantifier === 'one' ? (action) => one(action, best, hidden) : (action) => every(action, best),
    why(action) {
      const rule = `the rule names ${some(patterns.map(spell))}`
      if (quantifier === 'all') {
        const out = action.touches.filter((touch) => best(touch) !== yes).map(spell)
        return out.length > 0 ? `${some(out)} is not among what ${rule}` : `everything touched is among what ${rule}`
      }
      const hit = action.touches.find((touch) => best(touch) !== no)
      if (hit) return `${spell(hit)} is touched; ${rule}`
      return hidden(action) ? `which columns are read is not known; ${rule}` : `nothing of it is known to be touched; ${rule}`
    },
  }
}

function one(action: Action, best: (touch: Touch) => Answer, hidden: (action: Action) => boolean): Answer {
  let answer: Answer = action.certainty === 'unknown' ? maybe : no
  for (const touch of action.touches) {
    answer = either(answer, best(touch))
    if (answer === yes) return yes
  }
  return answer === no && hidden(action) ? maybe : answer
}

function every(action: Action, best: (touch: Touch) => Answer): Answer {
  let answer: Answer = action.certainty === 'unknown' ? maybe : yes
  for (const touch of action.touches) {
    answer = both(answer, best(touch))
    if (answer === no) return no
  }
  return answer
}

function fit({ kind, name, access, labels }: Pattern, inherit: boolean): (touch: Touch) => Answer {
  const named = name === undefined ? undefined : glob(name)
  const wanted = labels && new Set(labels)
  return (touch) => {
    if (access !== undefined && touch.access !== access) return no
    const own = (kind === undefined || kind === touch.kind) && (!named || named(touch.name))
    if (!own && !(inherit && kind === 'relation' && touch.kind === 'column' && (!named || named(relationOf(touch.name))))) return no
    if (!wanted) return yes
    if (!touch.labels) return maybe
    return touch.labels.some((label) => wanted.has(label)) ? yes : no
  }
}

/** Whether a relation whose columns nobody listed may hold a column that the patterns name. */
function hiddenColumns(patterns: readonly Pattern[]): (action: Action) => boolean {
  const columns = patterns.filter((p) => p.kind === 'column' || (p.kind === undefined && p.labels))
  if (columns.length === 0) return () => false
  const relations: readonly Matches[] = columns.map(({ name }) => (name === undefined ? () => true : mayHold(name)))
  return (action) => hidingRelation(action, (relation) => relations.some((matches) => matches(relation))) !== undefined
}

/** `public.c*.email` may lie in every relation that fits `public.c*`; a `*` in the last part may reach across the dot. */
function mayHold(column: string): Matches {
  const relation = relationOf(column)
  const whole = glob(column)
  const part = glob(relation)
  return (name) => part(name) || whole(name)
}

function spell({ kind, name, access, labels }: Partial<Touch>): string {
  const parts = [access, kind, name, labels && `labelled ${labels.join(' or ')}`]
  return parts.filter((part) => part !== undefined).join(' ')
}
