import type { Policy } from '@sallyport/policy'
import { protocols } from '@sallyport/registry'
import type { Reader } from '../../db/index.js'

/**
 * What a policy asks for and this build does not do: it is saved as it is, and whoever reads the answer learns what will
 * happen instead. Protocols say themselves what they honour; a caller must not know any of them by name.
 */
export type Warn = (policies: readonly Policy[]) => Promise<readonly (readonly string[])[]>

type Protocol = (typeof protocols)[number]
type Wish = Exclude<keyof Protocol['obligations'], 'hold'>

export function createWarnings(db: Reader): Warn {
  return async (policies) => {
    if (!policies.some((policy) => wishes(policy).length + holds(policy).length > 0)) return policies.map(() => [])
    const resources = await db.resource.findMany({ select: { id: true, name: true, protocol: true, labels: true } })
    const facts = resources.map((row) => ({ ...row, labels: row.labels as Readonly<Record<string, string>> }))
    return policies.map((policy) => {
      const spoken = new Set(facts.filter(policy.covers).map(({ protocol }) => protocol))
      // A policy may come before its resources: then it may concern every protocol.
      const concerned = spoken.size === 0 ? protocols : protocols.filter(({ name }) => spoken.has(name))
      return warningsOf(policy, concerned)
    })
  }
}

export function warningsOf(policy: Policy, concerned: readonly Pick<Protocol, 'name' | 'obligations'>[]): readonly string[] {
  return [
    ...unanswered(policy, concerned),
    ...byPath(policy, concerned),
    ...wishes(policy).flatMap(({ wish, what }) =>
      (['refused', 'unkept'] as const).flatMap((answer) => {
        const names = concerned.filter(({ obligations }) => obligations[wish] === answer).map(({ name }) => name)
        return names.length === 0 ? [] : [`${what} on ${names.join(', ')}: ${outcome[answer]}`]
      }),
    ),
  ]
}

const outcome = {
  refused: 'what would owe it is refused in this build',
  unkept: 'left out in this build; what would owe it runs without',
} as const satisfies Readonly<Record<Exclude<Protocol['obligations'][Wish], 'honoured' | 'columns'>, string>>

/** Protocols whose clients cannot be kept waiting for people. */
function unanswered(policy: Policy, concerned: Parameters<typeof warningsOf>[1]): readonly string[] {
  const held = holds(policy)
  const names = concerned.filter(({ obligations }) => obligations.hold !== 'honoured').map(({ name }) => name)
  return held.length === 0 || names.length === 0
    ? []
    : [`hold rules (${held.join(', ')}) on ${names.join(', ')}: what they match is refused in this build`]
}

/** Columns and contents are masked there, JSON paths are not. */
function byPath({ masks }: Policy, concerned: Parameters<typeof warningsOf>[1]): readonly string[] {
  const rules = masks.filter(({ paths }) => paths.length > 0).map(({ ref }) => ref.rule)
  const names = concerned.filter(({ obligations }) => obligations.mask === 'columns').map(({ name }) => name)
  return rules.length === 0 || names.length === 0
    ? []
    : [`masks by JSON path (${rules.join(', ')}) on ${names.join(', ')}: ${outcome.refused}`]
}

function holds({ rules }: Policy): readonly string[] {
  return rules.filter(({ action, shadow }) => action === 'hold' && !shadow).map(({ ref }) => ref.rule)
}

/** The obligations that a policy may ask for, in words. */
function wishes({ masks, recording, rules }: Policy): readonly { readonly wish: Wish; readonly what: string }[] {
  const bounded = rules.filter(({ hold, shadow }) => hold?.maxRows !== undefined && !shadow).map(({ ref }) => ref.rule)
  const asked: Readonly<Record<Wish, string | undefined>> = {
    mask: masks.length === 0 ? undefined : `masks (${masks.map(({ ref }) => ref.rule).join(', ')})`,
    record: recording && 'recording of results',
    max_rows: bounded.length === 0 ? undefined : `max_rows (${bounded.join(', ')})`,
  }
  return Object.entries(asked).flatMap(([wish, what]) => (what === undefined ? [] : [{ wish: wish as Wish, what }]))
}
