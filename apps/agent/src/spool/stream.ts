import { hashRecord, signHead, standsIn } from '@sallyport/audit'
import type { KeyObject } from 'node:crypto'
import type { Disk } from './disk.js'
import { scan } from './frames.js'
import type { SpoolBatch, SpoolReader } from './reader.js'
import { readHeader, SpoolDamaged } from './segment.js'
import type { Segment } from './segment.js'
import type { Store, Tip } from './store.js'
import type { Tail, TailRun } from './tail.js'

/**
 * The spool's reader. What is young it takes as it was written. On the disk it walks from record to record and checks each
 * link on the way, so that what is signed is what this agent wrote: a file that was changed after it was written is found
 * here, not at the control plane.
 */
export interface StreamParts {
  readonly store: Store
  readonly tail: Tail
  readonly disk: Disk
  /** Ed25519. */
  readonly key: KeyObject
  /** Called before `read` rejects: the trail on the disk is not what was written. */
  readonly onDamaged: (cause: SpoolDamaged) => void
}

/** A place between two records. */
interface Place {
  readonly segment: Segment
  readonly offset: number
  /** The record before it. */
  readonly tip: Tip
}

/** Bytes read at once: no less than this, and this where nothing but the way matters. */
const least = 16 * 1024
const stride = 1024 * 1024

/** About how many bytes, and the last record that may be told. */
interface Limit {
  readonly maxBytes: number
  readonly last: number
}

interface Run {
  readonly records: readonly Uint8Array[]
  readonly end: Place
}

export function createReader({ store, tail, disk, key, onDamaged }: StreamParts): SpoolReader {
  const { origin } = store
  const standsAt = standsIn(origin)
  let place: Place | undefined

  async function read(after: number, maxBytes: number): Promise<SpoolBatch | undefined> {
    const last = store.durable()
    if (after >= last.sequence) return undefined
    const { records, tip } = young(after, { maxBytes, last: last.sequence }) ?? (await old(after, maxBytes, last))
    return { first: after + 1, records, head: signHead({ ...origin, ...tip }, key) }
  }

  function young(after: number, limit: Limit): TailRun | undefined {
    const run = tail.read(after, limit)
    if (run?.previous !== undefined && place?.tip.sequence === after && place.tip.hash !== run.previous.hash)
      throw new SpoolDamaged(`record ${after} is not what was written`)
    return run
  }

  async function old(after: number, maxBytes: number, last: Tip): Promise<Pick<TailRun, 'records' | 'tip'>> {
    const { records, end } = await walk(await placeAfter(after), { maxBytes, last: last.sequence })
    if (end.tip.sequence === last.sequence && end.tip.hash !== last.hash) throw new SpoolDamaged('the spool does not end as it was written')
    place = end
    return { records, tip: end.tip }
  }

  async function placeAfter(after: number): Promise<Place> {
    if (place?.tip.sequence === after && store.segments.includes(place.segment)) return nextSegment(place)
    const segment = store.segments.findLast(({ first }) => first <= after + 1)
    if (segment === undefined) throw new RangeError(`record ${after + 1} was acknowledged and is no longer in the spool`)
    let reached = await beginning(segment)
    while (reached.tip.sequence < after) reached = (await walk(reached, { maxBytes: stride, last: after })).end
    return nextSegment(reached)
  }

  async function beginning(segment: Segment): Promise<Place> {
    let bytes = await disk.read(segment.name, 0, Math.min(segment.size, 64 * 1024))
    const scanned = scan(bytes, 0)
    if (scanned.found === 'part') bytes = await disk.read(segment.name, 0, Math.min(segment.size, scanned.needed))
    const read = readHeader(bytes)
    if (read === undefined) throw new SpoolDamaged(`${segment.name} has lost its header`)
    return { segment, offset: read.next, tip: { sequence: segment.first - 1, hash: segment.previous } }
  }

  /** A place at the end of a full segment is the beginning of the next. */
  async function nextSegment(from: Place): Promise<Place> {
    const next = store.segments[store.segments.indexOf(from.segment) + 1]
    if (from.offset < from.segment.size || next === undefined) return from
    if (next.first !== from.tip.sequence + 1 || next.previous !== from.tip.hash) throw new SpoolDamaged(`${next.name} does not follow`)
    return beginning(next)
  }

  /** Records from a place on: at least one, not beyond `last`, nor the end of the segment, and about `maxBytes` of them. */
  async function walk(from: Place, limit: Limit): Promise<Run> {
    const { segment } = from
    const bytes = await readFrom(from, limit.maxBytes)
    const records: Uint8Array[] = []
    let { tip } = from
    let offset = 0
    let taken = 0
    while (tip.sequence < limit.last) {
      const scanned = scan(bytes, offset)
      if (scanned.found !== 'payload') break
      const { payload } = scanned
      if (records.length > 0 && taken + payload.length > limit.maxBytes) break
      if (!standsAt(payload, { sequence: tip.sequence + 1, previous: tip.hash })) break
      tip = { sequence: tip.sequence + 1, hash: hashRecord(payload) }
      records.push(payload)
      taken += payload.length
      offset = scanned.next
    }
    if (records.length === 0) throw new SpoolDamaged(`record ${tip.sequence + 1} is not in ${segment.name} as it was written`)
    return { records, end: { segment, offset: from.offset + offset, tip } }
  }

  /** About `wanted` bytes, but the first frame whole. */
  async function readFrom({ segment, offset }: Place, wanted: number): Promise<Uint8Array> {
    const rest = segment.size - offset
    const bytes = await disk.read(segment.name, offset, Math.min(Math.max(wanted, least), rest))
    const first = scan(bytes, 0)
    return first.found === 'part' ? disk.read(segment.name, offset, Math.min(first.needed, rest)) : bytes
  }

  return {
    id: origin.spool,
    async read(after, maxBytes) {
      try {
        return await read(after, maxBytes)
      } catch (error) {
        if (error instanceof SpoolDamaged) onDamaged(error)
        throw error
      }
    },
    durable: () => store.durable().sequence,
    onDurable: (listener) => store.onDurable(listener),
    acknowledge(sequence) {
      tail.forget(sequence)
      return store.drop(sequence)
    },
  }
}
