/**
 * How many connections there may be. Those that nobody was admitted for yet are scarce: strangers hold them. Over the
 * cap of all connections a client still gets an answer in its protocol; over the cap of the pending ones it does not.
 */
export interface CapLimits {
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly pending: number
  readonly pendingPerAddress: number
}

export interface Caps {
  /** Undefined: turn it away at once. */
  enter(address: string): Entry | undefined
  counts(): { readonly open: number; readonly pending: number }
}

export interface Entry {
  /** There is no room: tell it so, and let it go. */
  readonly surplus: boolean
  admitted(): void
  leave(): void
}

export function createCaps(limits: CapLimits): Caps {
  const open = createTally()
  const pending = createTally()
  return {
    enter(address) {
      if (pending.total() >= limits.pending || pending.of(address) >= limits.pendingPerAddress) return undefined
      const surplus = open.total() >= limits.connections || open.of(address) >= limits.connectionsPerAddress
      const leaveOpen = open.add(address)
      const leavePending = pending.add(address)
      return {
        surplus,
        admitted: leavePending,
        leave() {
          leavePending()
          leaveOpen()
        },
      }
    },
    counts: () => ({ open: open.total(), pending: pending.total() }),
  }
}

interface Tally {
  /** Answers how to take it back; the second call does nothing. */
  add(address: string): () => void
  of(address: string): number
  total(): number
}

function createTally(): Tally {
  const counts = new Map<string, number>()
  let total = 0
  return {
    add(address) {
      counts.set(address, (counts.get(address) ?? 0) + 1)
      total += 1
      let counted = true
      return () => {
        if (!counted) return
        counted = false
        total -= 1
        const left = (counts.get(address) ?? 1) - 1
        if (left > 0) counts.set(address, left)
        else counts.delete(address)
      }
    },
    of: (address) => counts.get(address) ?? 0,
    total: () => total,
  }
}
