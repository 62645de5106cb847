import type { Action } from '@sallyport/core'
import type { Classified, Lineage } from '@sallyport/sql'

/** Of what runs another name, that name's meaning is followed by itself. */
export function ownMeaning(statement: Classified | undefined): Classified | undefined {
  const kind = statement?.control.kind
  return kind === 'execute' || kind === 'fetch' ? undefined : statement
}

/** FETCH, with all that the cursor's query reads: it is judged as if it were run again. */
export function withCursor(fetch: Classified, cursor: Classified): Classified {
  const action = joined(fetch.action, cursor.action)
  return { text: fetch.text, control: fetch.control, action, ...(cursor.outputs && { outputs: cursor.outputs }) }
}

/**
 * What a portal or a prepared statement runs: its names were resolved when it was made, and a server resolves them anew only
 * where it notices that they might be others; rights go by what they stand for now. Where that differs it counts as both.
 */
export function asMeant(now: Classified, then: Classified | undefined): Classified {
  if (!then || then === now) return now
  const known = asBoth.get(now)
  if (known?.before === then) return known.both
  const both = sameMeaning(now, then) ? now : either(now, then)
  asBoth.set(now, { before: then, both })
  return both
}

/** One object for each pair, for decisions and shapes of results are remembered by it. */
const asBoth = new WeakMap<Classified, { readonly before: Classified; readonly both: Classified }>()

function sameMeaning(a: Classified, b: Classified): boolean {
  return JSON.stringify([a.action, a.outputs]) === JSON.stringify([b.action, b.outputs])
}

function either(now: Classified, then: Classified): Classified {
  const outputs = then.outputs && now.outputs && eitherOutputs(then.outputs, now.outputs)
  return { text: now.text, control: now.control, action: joined(now.action, then.action), ...(outputs && { outputs }) }
}

function eitherOutputs(a: readonly Lineage[], b: readonly Lineage[]): readonly Lineage[] | undefined {
  if (a.length !== b.length) return undefined
  const both = (x: readonly string[], y: readonly string[]) => [...new Set([...x, ...y])]
  return a.map(({ bare, derived }, i) => ({ bare: both(bare, b[i]!.bare), derived: both(derived, b[i]!.derived) }))
}

function joined(outer: Action, inner: Action): Action {
  const exact = outer.certainty === 'exact' && inner.certainty === 'exact'
  const reason = outer.reason ?? inner.reason
  return {
    verb: outer.verb,
    effects: [...new Set([...outer.effects, ...inner.effects])],
    touches: [...outer.touches, ...inner.touches],
    functions: [...new Set([...(outer.functions ?? []), ...(inner.functions ?? [])])],
    facts: { ...inner.facts, ...outer.facts },
    certainty: exact ? 'exact' : 'unknown',
    ...(exact || reason === undefined ? {} : { reason }),
  }
}
