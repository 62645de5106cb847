import type { Action, Param, Unit } from '@sallyport/core'
import type { Batch } from './batch.js'
import { readableParams } from './readable.js'
import type { Item, Plan } from './resolution.js'
import type { Session } from './session.js'
import type { Transaction } from './transaction.js'

/** What is put before whoever judges: the plan of a segment with everything that gives it its meaning. */
export interface Units {
  /** `open`: the batch of which a part was forwarded, if there is one. */
  of(plan: Plan, open: Batch | undefined): Unit
  /** `broken`: a message that could not be decoded. */
  broken(items: readonly Item[], trouble: Action, broken: Uint8Array | undefined): Unit
  shown(plan: Plan): Shown
  resolvedIn(searchPath: string): void
}

export interface UnitsParts {
  readonly session: Session
  readonly transaction: Transaction
  readonly means: ((actions: readonly Action[]) => readonly string[]) | undefined
  readonly context: Readonly<Record<string, string>>
}

/** What people were asked about: what it does, and what its names stood for. */
export interface Shown {
  readonly does: string
  readonly means: readonly string[] | undefined
}

/** Reported settings that change what a value in a statement means. */
const meaningful = ['TimeZone', 'DateStyle', 'IntervalStyle'] as const

export function createUnits({ session, transaction, means, context: settings }: UnitsParts): Units {
  let context = settings
  /** What the context was made of. */
  let reported = -1

  /** Settings that give statements their meaning, as far as they are known. */
  function presentContext(): Readonly<Record<string, string>> {
    const { parameters } = session
    if (parameters.version() === reported) return context
    reported = parameters.version()
    for (const name of meaningful) {
      const value = parameters.known(name)
      if (value !== undefined) context = { ...context, [name]: value }
    }
    return context
  }

  function brokenUnit(items: readonly Item[], trouble: Action, broken: Uint8Array | undefined): Unit {
    const exact = items.map(({ raw }) => raw)
    return {
      actions: [...items.map(({ action }) => action), trouble],
      exact: broken ? [...exact, broken] : exact,
      params: paramsOf(items),
      context: presentContext(),
    }
  }

  /** One shape for all of them: each statement makes one. */
  function unitOf({ items, unseen }: Plan, open: Batch | undefined): Unit {
    const actions = items.map(({ action }) => action)
    const isolation = transaction.isolation()
    return {
      actions,
      exact: items.map(({ raw }) => raw),
      params: paramsOf(items),
      context: isolation === undefined ? presentContext() : { ...presentContext(), isolation },
      means: means && (() => means(actions)),
      readable: readableParams,
      unseen: unseen ? 'the data of COPY FROM STDIN comes only after it was let run' : undefined,
      transaction: transaction.state(open),
      patience: transaction.patience(),
    }
  }

  function shownOf({ items }: Plan): Shown {
    const actions = items.map(({ action }) => action)
    // How many rows are expected is not asked again: that moves with every look.
    const told = actions.map((action) => ({ ...action, facts: { ...action.facts, rows_estimate: undefined } }))
    return { does: JSON.stringify([told, presentContext()]), means: means?.(actions) }
  }

  return {
    of: unitOf,
    broken: brokenUnit,
    shown: shownOf,
    resolvedIn(searchPath) {
      if (searchPath !== context['search_path']) context = { ...context, search_path: searchPath }
    },
  }
}

function paramsOf(items: readonly Item[]): readonly Param[] {
  return items.length === 1 ? items[0]!.params : items.flatMap(({ params }) => params)
}

export function sameShown(a: Shown, b: Shown): boolean {
  return a.does === b.does && JSON.stringify(a.means) === JSON.stringify(b.means)
}
