import { createChain, createRoom } from '@sallyport/audit'
import type { KeyObject } from 'node:crypto'
import type { IdPrefix } from '@sallyport/core'
import type { Clock } from '@sallyport/gate'
import type { Disk } from './disk.js'
import { createJournal } from './journal.js'
import type { JournalLimits, SpoolJournal } from './journal.js'
import { createLedger } from './ledger.js'
import type { OpenSession } from './ledger.js'
import type { SpoolReader } from './reader.js'
import { nothing, recover } from './recover.js'
import type { Origin } from './segment.js'
import { openStore } from './store.js'
import { createReader } from './stream.js'
import { createTail } from './tail.js'

/**
 * The durable spool: what the gate records goes in at one end, what the control plane acknowledged goes out at the
 * other. One process owns it (the lock of the data directory); a caller must close it before it lets go of that lock.
 */
export interface Spool {
  readonly journal: SpoolJournal
  readonly reader: SpoolReader
  stats(): SpoolStats
  /** Makes everything durable, then closes the files. */
  close(): Promise<void>
}

export interface SpoolStats {
  /** Bytes on the disk. */
  readonly bytes: number
  /** Sequence of the last durable record. */
  readonly durable: number
  /** Records on the disk or on their way to it that may be unacknowledged. */
  readonly depth: number
}

export interface SpoolOptions {
  readonly disk: Disk
  readonly owner: Omit<Origin, 'spool'>
  /** Ed25519: signs what is streamed. */
  readonly key: KeyObject
  readonly clock: Clock
  readonly newId: (prefix: IdPrefix) => string
  readonly limits: JournalLimits
  /** Told once, when it cannot be written or read any more. */
  readonly onFailed: (cause: unknown) => void
}

export const defaultLimits: JournalLimits = {
  segmentBytes: 8 * 1024 * 1024,
  maxBytes: 1024 * 1024 * 1024,
  bufferBytes: 4 * 1024 * 1024,
}

/** What the stream may be behind before it reads from the disk. */
const tailBytes = 8 * 1024 * 1024

/** Opens it where the last life left it, and first of all closes what that life left open. Throws `SpoolDamaged`. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { disk, owner, clock, newId, limits } = options
  const found = (await recover(disk, owner)) ?? nothing({ ...owner, spool: newId('spl') })
  const store = await openStore(disk, found)
  const room = createRoom()
  const chain = createChain({ ...found.origin, head: found.chain, room })
  const tail = createTail(found.chain, tailBytes)
  const ledger = createLedger(found.open)
  const journal = createJournal({ store, tail, chain, room, ledger, clock, limits, onFailed: options.onFailed })
  const reader = createReader({ store, tail, disk, key: options.key, onDamaged: (cause) => journal.fail(cause) })
  let acknowledged = 0

  const stamp = () => ({ id: newId('evt'), at: clock.now() })
  if (found.torn > 0) {
    const detail = { bytes: found.torn, after: found.chain.sequence }
    void journal.append({ type: 'agent.noted', ...stamp(), what: 'spool.repaired', detail }, 'buffered')
  }
  for (const session of found.open) closeUnknown(session)
  await journal.flush()

  function closeUnknown({ session, statements, units }: OpenSession): void {
    for (const [statement, since] of Object.entries(statements)) {
      const at = stamp()
      const duration = Math.max(0, at.at - since)
      void journal.append({ type: 'statement.ended', ...at, session, statement, outcome: { status: 'unknown' }, duration }, 'buffered')
    }
    const reason = { code: 'unknown', message: 'the agent ended before the session did' } as const
    void journal.append({ type: 'session.ended', ...stamp(), session, reason, units }, 'buffered')
  }

  return {
    journal,
    reader: {
      ...reader,
      async acknowledge(sequence) {
        acknowledged = Math.max(acknowledged, sequence)
        await reader.acknowledge(sequence)
      },
    },
    stats() {
      const durable = store.durable().sequence
      const oldest = (store.segments[0]?.first ?? 1) - 1
      return { bytes: store.bytes(), durable, depth: durable - Math.max(acknowledged, oldest) + journal.waiting() }
    },
    async close() {
      try {
        await journal.flush()
      } finally {
        await store.close()
      }
    },
  }
}
