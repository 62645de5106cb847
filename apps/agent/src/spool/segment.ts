import type { ChainState } from '@sallyport/audit'
import { createRecordReader, EncodingError } from '@sallyport/audit'
import type { RecordReader, VerifiedRecord } from '@sallyport/audit'
import { scan } from './frames.js'
import type { OpenSession } from './ledger.js'

/**
 * A segment is a file of frames: its header first, then records without a gap. The header repeats all that is needed to
 * go on from its first record, so that the segments before it can be deleted once they are acknowledged.
 */
export interface Origin {
  readonly agent: string
  readonly instance: string
  readonly spool: string
}

export interface SegmentHeader {
  readonly format: 1
  readonly origin: Origin
  /** The chain before the first record of this segment. */
  readonly chain: ChainState
  readonly open: readonly OpenSession[]
}

/** What the rest of the spool knows about a file of it. */
export interface Segment {
  readonly name: string
  /** Sequence of its first record, whether or not that is written yet. */
  readonly first: number
  /** Hash of the record before it. */
  readonly previous: string
  /** Bytes of it that fdatasync has confirmed, header included. */
  size: number
}

/** The spool on disk is not what an agent leaves behind: somebody must look before anything is recorded. */
export class SpoolDamaged extends Error {
  override readonly name = 'SpoolDamaged'
}

const suffix = '.seg'

/** Names sort as the records do. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, '0')}${suffix}`
}

export function isSegmentName(name: string): boolean {
  return /^\d{16}\.seg$/.test(name)
}

export function encodeHeader(header: SegmentHeader): Uint8Array {
  return Buffer.from(JSON.stringify(header))
}

/** Reads the header of a segment; undefined when its frame is torn or is no header. `next` is where the records begin. */
export function readHeader(bytes: Uint8Array): { readonly header: SegmentHeader; readonly next: number } | undefined {
  const scanned = scan(bytes, 0)
  if (scanned.found !== 'payload') return undefined
  try {
    const header = JSON.parse(Buffer.from(scanned.payload).toString()) as SegmentHeader
    if (header.format !== 1) throw new SpoolDamaged('the spool was written by a newer build')
    return { header, next: scanned.next }
  } catch (error) {
    if (error instanceof SpoolDamaged) throw error
    return undefined
  }
}

export interface SegmentContents {
  readonly records: readonly VerifiedRecord[]
  /** Where the last whole record ends. What stands beyond it is torn. */
  readonly end: number
}

/** Every whole record of a segment, its chain checked. Throws `SpoolDamaged` where whole frames do not hold the trail. */
export function readRecords(bytes: Uint8Array, header: SegmentHeader, start: number): SegmentContents {
  const records: VerifiedRecord[] = []
  const { origin } = header
  const read = createRecordReader()
  let { sequence, hash } = header.chain
  let end = start
  for (let scanned = scan(bytes, end); scanned.found === 'payload'; scanned = scan(bytes, end)) {
    const record = decode(read, scanned.payload, sequence + 1)
    const ours = record.agent === origin.agent && record.instance === origin.instance && record.spool === origin.spool
    if (!ours || record.sequence !== sequence + 1 || record.previous !== hash)
      throw new SpoolDamaged(`record ${sequence + 1} does not follow`)
    ;({ sequence, hash } = record)
    records.push(record)
    end = scanned.next
  }
  return { records, end }
}

function decode(read: RecordReader, payload: Uint8Array, sequence: number): VerifiedRecord {
  try {
    return read(payload)
  } catch (error) {
    if (error instanceof EncodingError) throw new SpoolDamaged(`record ${sequence} is not canonical: ${error.message}`)
    throw error
  }
}
