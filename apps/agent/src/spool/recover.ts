import { genesis } from '@sallyport/audit'
import type { ChainState, SessionTip } from '@sallyport/audit'
import type { Disk } from './disk.js'
import { frameSize, scan } from './frames.js'
import { createLedger } from './ledger.js'
import type { OpenSession } from './ledger.js'
import { isSegmentName, readHeader, readRecords, segmentName, SpoolDamaged } from './segment.js'
import type { Origin, Segment, SegmentHeader } from './segment.js'

/**
 * Finds out what an earlier life of this spool left on the disk. It changes nothing but a segment whose creation was
 * torn, which holds no record. Throws `SpoolDamaged` for anything that no crash can leave behind.
 */
export interface Recovered {
  readonly origin: Origin
  readonly segments: readonly Segment[]
  readonly chain: ChainState
  readonly open: readonly OpenSession[]
  /** Bytes of the last segment beyond its last whole record; never confirmed durable to anybody. */
  readonly torn: number
}

interface Found {
  readonly name: string
  readonly header: SegmentHeader
  /** Where the records begin. */
  readonly start: number
}

/** Undefined where there is no spool yet. */
export async function recover(disk: Disk, owner: Omit<Origin, 'spool'>): Promise<Recovered | undefined> {
  const found = await readHeaders(disk)
  const last = found.at(-1)
  if (last === undefined) return undefined
  const { origin } = last.header
  for (const { name, header } of found) checkOwner(name, header, { ...owner, spool: origin.spool })
  const bytes = await disk.read(last.name, 0, await disk.size(last.name))
  const { records, end } = readRecords(bytes, last.header, last.start)

  const ledger = createLedger(last.header.open)
  const tips = new Map<string, SessionTip>(Object.entries(last.header.chain.sessions))
  for (const { event, session, hash } of records) {
    ledger.note(event)
    if (event.session === undefined || session === undefined || event.type === 'session.refused') continue
    if (event.type === 'session.ended') tips.delete(event.session)
    else tips.set(event.session, { sequence: session.sequence, hash })
  }
  const tip = records.at(-1) ?? last.header.chain
  return {
    origin,
    segments: await Promise.all(found.map((entry) => toSegment(disk, entry, entry === last ? end : undefined))),
    chain: { sequence: tip.sequence, hash: tip.hash, sessions: Object.fromEntries(tips) },
    open: ledger.open(),
    torn: bytes.length - end,
  }
}

/** What a spool that never was begins with. */
export function nothing(origin: Origin): Recovered {
  return { origin, segments: [], chain: { sequence: 0, hash: genesis, sessions: {} }, open: [], torn: 0 }
}

async function readHeaders(disk: Disk): Promise<readonly Found[]> {
  const names = (await disk.list()).filter(isSegmentName)
  const found: Found[] = []
  for (const name of names) {
    const read = await readHeaderOf(disk, name)
    if (read !== undefined) {
      found.push({ name, header: read.header, start: read.next })
      if (name !== segmentName(read.header.chain.sequence + 1)) throw new SpoolDamaged(`${name} is not the segment its name says`)
      continue
    }
    if (name !== names.at(-1) || (found.length === 0 && name !== segmentName(1))) throw new SpoolDamaged(`${name} has no header`)
    await disk.remove(name)
  }
  return found
}

async function readHeaderOf(disk: Disk, name: string): Promise<ReturnType<typeof readHeader>> {
  const size = await disk.size(name)
  let bytes = await disk.read(name, 0, Math.min(size, 64 * 1024))
  const scanned = scan(bytes, 0)
  if (scanned.found === 'part' && scanned.needed <= size) bytes = await disk.read(name, 0, scanned.needed)
  const read = readHeader(bytes)
  if (read !== undefined) return read
  // The header was confirmed durable before the first record was written: a torn one has nothing behind it.
  const again = scan(bytes, 0)
  const cutShort = again.found === 'part' && again.needed > size
  if (cutShort || bytes.every((byte) => byte === 0) || headerFills(bytes, size)) return undefined
  throw new SpoolDamaged(`${name} has a damaged header`)
}

function headerFills(bytes: Uint8Array, size: number): boolean {
  return bytes.length >= 4 && frameSize(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)) >= size
}

function checkOwner(name: string, header: SegmentHeader, owner: Origin): void {
  const { agent, instance, spool } = header.origin
  if (agent !== owner.agent || instance !== owner.instance) {
    throw new SpoolDamaged(`${name} belongs to ${agent} (${instance}), not to ${owner.agent} (${owner.instance})`)
  }
  if (spool !== owner.spool) throw new SpoolDamaged(`${name} belongs to another spool`)
}

async function toSegment(disk: Disk, { name, header }: Found, size: number | undefined): Promise<Segment> {
  return { name, first: header.chain.sequence + 1, previous: header.chain.hash, size: size ?? (await disk.size(name)) }
}
