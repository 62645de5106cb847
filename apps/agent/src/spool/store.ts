import type { ChainState } from '@sallyport/audit'
import type { Disk, DiskFile } from './disk.js'
import { frameSize, writeFrame } from './frames.js'
import type { OpenSession } from './ledger.js'
import { encodeHeader, segmentName } from './segment.js'
import type { Recovered } from './recover.js'
import type { Origin, Segment } from './segment.js'

/**
 * The segments of a spool on the disk: one that grows, and those before it. Writing and syncing are apart: what is written
 * outlives the process, what is synced outlives the machine. A caller must not start a sync before the last one has
 * settled, must not write while a turn is under way, and must do neither after one that failed.
 */
export interface Store {
  readonly origin: Origin
  /** In order; the last one grows. */
  readonly segments: readonly Segment[]
  /** The last record that fdatasync has confirmed. */
  durable(): Tip
  /** Bytes written, over all segments and in the one that grows. */
  bytes(): number
  growing(): number
  /** Appends framed records; throws where that fails. */
  write(bytes: Uint8Array): void
  /** Makes durable what was written up to `tip`. With `turn`, the segment that begins there is created after it. */
  sync(tip: Tip, turn?: Turn): Promise<void>
  /** Deletes segments that hold nothing beyond `sequence`; never the one that grows. */
  drop(sequence: number): Promise<void>
  /** Called whenever `durable` moved. Must not throw. */
  onDurable(listener: () => void): () => void
  close(): Promise<void>
}

export interface Tip {
  readonly sequence: number
  readonly hash: string
}

/** The state of the trail where a segment begins. */
export interface Turn {
  readonly chain: ChainState
  readonly open: readonly OpenSession[]
}

interface Growing {
  readonly file: DiskFile
  readonly segment: Segment
  /** Bytes written; those that are synced are the segment's size. */
  written: number
}

export async function openStore(disk: Disk, { origin, segments: found, chain, open }: Recovered): Promise<Store> {
  const segments: Segment[] = [...found]
  const listeners = new Set<() => void>()
  let durable: Tip = { sequence: chain.sequence, hash: chain.hash }
  let total = segments.reduce((sum, segment) => sum + segment.size, 0)

  async function begin(turn: Turn): Promise<Growing> {
    const name = segmentName(turn.chain.sequence + 1)
    const header = encodeHeader({ format: 1, origin, chain: turn.chain, open: turn.open })
    const framed = Buffer.alloc(frameSize(header.length))
    writeFrame(framed, 0, header)
    const file = await disk.append(name, 0)
    file.write(framed)
    await file.sync()
    const segment = { name, first: turn.chain.sequence + 1, previous: turn.chain.hash, size: framed.length }
    segments.push(segment)
    total += segment.size
    return { file, segment, written: segment.size }
  }

  const last = segments.at(-1)
  let growing =
    last === undefined ? await begin({ chain, open }) : { file: await disk.append(last.name, last.size), segment: last, written: last.size }

  return {
    origin,
    segments,
    durable: () => durable,
    bytes: () => total,
    growing: () => growing.written,
    write(bytes) {
      growing.file.write(bytes)
      growing.written += bytes.length
      total += bytes.length
    },
    async sync(tip, turn) {
      const { file, segment, written } = growing
      await file.sync()
      segment.size = written
      durable = tip
      for (const listener of listeners) listener()
      if (turn === undefined) return
      growing = await begin(turn)
      await file.close()
    },
    async drop(sequence) {
      for (let [gone, next] = segments; gone !== undefined && next !== undefined && next.first <= sequence + 1; [gone, next] = segments) {
        await disk.remove(gone.name)
        if (segments[0] !== gone) continue
        segments.shift()
        total -= gone.size
      }
    },
    onDurable(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => growing.file.close(),
  }
}
