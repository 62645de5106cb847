/**
 * How many connections there may be. Where those that were admitted take up all room, a client still gets an answer in
 * its protocol. Those that nobody was admitted for yet are scarce, and strangers hold them: they count like others, but
 * where they are too many, or in the way of a newcomer, the one that has stood longest goes, of the newcomer's address
 * where that is full, else of the address that has most. So whoever stalls makes room, and nobody can keep others out.
 */
export interface CapLimits {
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly pending: number
}

export interface Caps {
  /** `drop`: its place among the pending is taken by a newcomer; it must go at once. */
  enter(address: string, drop: () => void): Entry
  counts(): { readonly open: number; readonly pending: number }
}

export interface Entry {
  /** There is no room: tell it so, and let it go. */
  readonly surplus: boolean
  admitted(): void
  leave(): void
}

export function createCaps(limits: CapLimits): Caps {
  const open = createTally<object>()
  const pending = createTally<() => void>()

  function makeRoom(address: string): void {
    if (pending.total() >= limits.pending) pending.oldestOfMost()?.()
    const { connections, connectionsPerAddress } = limits
    const crowded = (all: number, waiting: number, cap: number) => all >= cap && waiting > 0 && all - waiting < cap
    while (crowded(open.of(address), pending.of(address), connectionsPerAddress)) pending.oldestOf(address)?.()
    while (crowded(open.total(), pending.total(), connections)) pending.oldestOfMost()?.()
  }

  return {
    enter(address, drop) {
      makeRoom(address)
      const surplus = open.total() >= limits.connections || open.of(address) >= limits.connectionsPerAddress
      const leaveOpen = open.add(address, {})
      const leave = () => {
        leavePending()
        leaveOpen()
      }
      const leavePending = pending.add(address, () => {
        leave()
        drop()
      })
      return { surplus, admitted: leavePending, leave }
    },
    counts: () => ({ open: open.total(), pending: pending.total() }),
  }
}

interface Tally<T> {
  /** Answers how to take it back; the second call does nothing. */
  add(address: string, item: T): () => void
  of(address: string): number
  total(): number
  oldestOf(address: string): T | undefined
  /** The first of those that came from the address with most of them. */
  oldestOfMost(): T | undefined
}

function createTally<T>(): Tally<T> {
  const byAddress = new Map<string, Set<T>>()
  let total = 0
  return {
    add(address, item) {
      const items = byAddress.get(address) ?? new Set()
      byAddress.set(address, items.add(item))
      total += 1
      return () => {
        if (!items.delete(item)) return
        total -= 1
        if (items.size === 0 && byAddress.get(address) === items) byAddress.delete(address)
      }
    },
    of: (address) => byAddress.get(address)?.size ?? 0,
    total: () => total,
    oldestOf: (address) => byAddress.get(address)?.values().next().value,
    oldestOfMost() {
      let most: Set<T> | undefined
      for (const items of byAddress.values()) if (!most || items.size > most.size) most = items
      return most?.values().next().value
    },
  }
}
