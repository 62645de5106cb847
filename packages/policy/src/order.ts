import type { RuleRef } from '@sallyport/core'

/** Policies come in no order: whatever lists several of their rules sorts them, and says each once. */
export function byRef(a: RuleRef, b: RuleRef): number {
  return compare(a.policy, b.policy) || compare(a.rule, b.rule)
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function sortedRefs(refs: readonly RuleRef[]): readonly RuleRef[] {
  return refs.length < 2 ? refs : unique([...refs].sort(byRef))
}

/** Without repetitions, in the order given. */
export function unique(refs: readonly RuleRef[]): readonly RuleRef[] {
  const seen = new Set<string>()
  return refs.filter(({ policy, rule }) => {
    const key = `${policy}/${rule}`
    return seen.has(key) ? false : seen.add(key)
  })
}
