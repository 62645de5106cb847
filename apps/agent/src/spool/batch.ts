import type { Appended } from '@sallyport/audit'
import { frameSize, writeFrame } from './frames.js'
import type { Tip } from './store.js'

/**
 * What one commit makes durable: records, and the promise that all who wait for them share. Plain data, for there is one in
 * nearly every turn of the loop. A caller changes it through the functions below only.
 */
export interface Batch {
  /** Once framed, the bytes may be others': only their number counts then. */
  readonly records: Uint8Array[]
  /** In bytes, as it will stand on the disk. */
  size: number
  /** The last record; undefined while there is none. */
  tip: Tip | undefined
  /** Somebody waits for it. */
  awaited: PromiseWithResolvers | undefined
}

export function createBatch(): Batch {
  return { records: [], size: 0, tip: undefined, awaited: undefined }
}

export function addTo(batch: Batch, { bytes, sequence, hash }: Appended): void {
  batch.records.push(bytes)
  batch.size += frameSize(bytes.length)
  batch.tip = { sequence, hash }
}

/** All frames in one piece, written into what `take` answers for their size. */
export function framesOf({ records, size }: Batch, take: (size: number) => Buffer): Uint8Array {
  const framed = take(size)
  let end = 0
  for (const record of records) end = writeFrame(framed, end, record)
  return framed
}

/** Settles with the commit. Never an unhandled rejection: who asked for it need not look. */
export function settled(batch: Batch): Promise<void> {
  batch.awaited ??= withResolvers()
  return batch.awaited.promise
}

export interface PromiseWithResolvers {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

function withResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}
