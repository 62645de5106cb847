import type { Action, Decision, Identity, Masks, Resource, SessionFacts, Unit } from '@sallyport/core'
import { decide, masksFor, type Policy, wantsFact } from '@sallyport/policy'
import type { Granted } from './holds.js'

/**
 * The decisions of one session. What depends on the action alone is decided once per action and snapshot: a statement
 * that is run again costs a look-up. A caller must not change an action that it has asked about.
 */
export interface Decisions {
  of(unit: Unit, under: Under): Decision
  /** What is decided with these grants, for a unit that was held without. */
  granted(unit: Unit, under: Under, granted: Granted): Decision
  /** Whether a fact that the action does not have could change what is decided about it. */
  wants(fact: string, action: Action, under: Under): boolean
  /** What the caller may see only masked; the same object under the same snapshot. */
  masks(under: Under): Masks | undefined
}

export interface Under {
  readonly policies: readonly Policy[]
  readonly resource: Resource
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Decisions kept at once, of one session. */
const most = 64

export function createDecisions(identity: Identity, session: SessionFacts): Decisions {
  let known: Known | undefined
  let last: Masks | undefined

  /** What was worked out under the masks before holds on where they are equal. */
  function sameAsBefore(found: Masks | undefined): Masks | undefined {
    last = found?.key === last?.key ? last : found
    return last
  }

  function knownUnder({ policies, resource }: Under): Known {
    if (known?.policies !== policies || known.resource !== resource) {
      known = { policies, resource, timeless: !policies.some(looksAround), decisions: new Map() }
    }
    return known
  }

  return {
    masks(under) {
      const now = knownUnder(under)
      now.masks ??= { found: sameAsBefore(masksFor({ identity, resource: under.resource, session }, under.policies)) }
      return now.masks.found
    },
    wants: (fact, action, { policies, resource, now }) =>
      wantsFact({ identity, resource, session, now, grants: [] }, policies, { fact, action }),
    granted({ actions }, { policies, resource, now }, { digest, grants }) {
      return decide({ identity, resource, session, actions, now, grants, digest }, policies)
    },
    of(unit, under) {
      const { actions } = unit
      const { policies, resource, now } = under
      const fresh = () => decide({ identity, resource, session, actions, now, grants: [] }, policies)
      const [action] = actions
      const { timeless, decisions } = knownUnder(under)
      if (!timeless || action === undefined || actions.length > 1) return fresh()
      const before = decisions.get(action)
      if (before) return before
      const decision = fresh()
      // A grant may turn a hold into something else at any time.
      if (decision.kind === 'hold') return decision
      if (decisions.size >= most) decisions.clear()
      decisions.set(action, decision)
      return decision
    },
  }
}

interface Known {
  readonly policies: readonly Policy[]
  readonly resource: Resource
  readonly timeless: boolean
  readonly decisions: Map<Action, Decision>
  /** Once it was asked for. */
  masks?: { readonly found: Masks | undefined }
}

/** `when` is the only condition that sees the time. */
function looksAround({ rules }: Policy): boolean {
  return rules.some(({ conditions }) => conditions.some(({ key }) => key === 'when'))
}
