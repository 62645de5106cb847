import { createHash } from 'node:crypto'

/**
 * What one agent is configured by: keys and canonical bytes. Its digest is the same wherever it is computed, so that a
 * delta can be proved to lead to the state that was signed. A caller must treat a state as immutable.
 */
export type State = ReadonlyMap<string, Uint8Array>

export interface Delta {
  /** The receiver drops what it had before. */
  readonly full: boolean
  readonly upserts: readonly { readonly key: string; readonly value: Uint8Array }[]
  readonly removals: readonly string[]
}

export const emptyState: State = new Map()

const domain = 'sallyport.snapshot.state.v1\n'

/** SHA-256 over the entries in code-unit order of their keys: each a line of key and SHA-256 of the value in hex. Keys hold no line feed. */
export function stateDigest(state: State): Buffer {
  const digest = createHash('sha256').update(domain)
  for (const key of [...state.keys()].sort()) {
    digest.update(`${key}\n${createHash('sha256').update(state.get(key)!).digest('hex')}\n`)
  }
  return digest.digest()
}

export function deltaBetween(before: State, after: State): Delta {
  const upserts = [...after].filter(([key, value]) => !same(before.get(key), value)).map(([key, value]) => ({ key, value }))
  return { full: false, upserts, removals: [...before.keys()].filter((key) => !after.has(key)) }
}

export function fullDelta(after: State): Delta {
  return { full: true, upserts: [...after].map(([key, value]) => ({ key, value })), removals: [] }
}

export function applyDelta(before: State, delta: Delta): State {
  const after = new Map(delta.full ? [] : before)
  for (const key of delta.removals) after.delete(key)
  for (const { key, value } of delta.upserts) after.set(key, value)
  return after
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0
}
