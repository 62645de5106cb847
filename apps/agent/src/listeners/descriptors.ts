import { readFileSync } from 'node:fs'
import type { CapLimits } from './caps.js'

/**
 * Keeps the caps within what this process may have open: a session is two sockets, its client's and its target's, and
 * whoever waits to be let in is one. Without it the first to go without a descriptor could be the spool, and then nobody
 * works any more; so clients are told that there is no room before there is none.
 */
export function withinDescriptors(limits: CapLimits, files: number): CapLimits {
  const free = files - reserved
  const pendingOf = (connections: number) => Math.min(limits.pending, Math.ceil(connections / 2))
  // Those that wait take half of a connection each, up to their own limit: whichever bound lets more in holds.
  const possible = Math.max(Math.floor(free / 2.5), Math.floor((free - limits.pending) / 2), 1)
  const connections = Math.min(limits.connections, possible)
  return { connections, connectionsPerAddress: Math.min(limits.connectionsPerAddress, connections), pending: pendingOf(connections) }
}

/** For spool and identity files, the control plane, the admin door, looks at catalogs, cancels, and sockets that linger. */
const reserved = 128

/** Descriptors that this process may have; Infinity where that is not told. Node has raised the soft limit to the hard one. */
export function openFilesLimit(read: () => string = () => readFileSync('/proc/self/limits', 'utf8')): number {
  try {
    const limit = /^Max open files\s+(\d+|unlimited)/m.exec(read())?.[1]
    return limit === undefined || limit === 'unlimited' ? Infinity : Number(limit)
  } catch {
    return Infinity
  }
}
