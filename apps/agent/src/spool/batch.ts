import type { Appended } from '@sallyport/audit'
import { frameSize, writeFrame } from './frames.js'
import type { Tip } from './store.js'

/** What one commit makes durable: records in their frames, and the promise that all who wait for them share. */
export interface Batch {
  readonly count: number
  /** In bytes, as it will stand on the disk. */
  readonly size: number
  /** The last record; undefined while there is none. */
  readonly tip: Tip | undefined
  /** Somebody waits for it. */
  readonly awaited: boolean
  add(record: Appended): void
  /** All frames in one piece, written into what `take` answers for their size. */
  bytes(take: (size: number) => Buffer): Uint8Array
  /** Settles with the commit. Never an unhandled rejection: who asked for it need not look. */
  settled(): Promise<void>
  resolve(): void
  reject(error: Error): void
}

export function createBatch(): Batch {
  const records: Uint8Array[] = []
  let size = 0
  let tip: Tip | undefined
  let shared: PromiseWithResolvers | undefined

  return {
    get count() {
      return records.length
    },
    get size() {
      return size
    },
    get tip() {
      return tip
    },
    get awaited() {
      return shared !== undefined
    },
    add({ bytes, sequence, hash }) {
      records.push(bytes)
      size += frameSize(bytes.length)
      tip = { sequence, hash }
    },
    bytes(take) {
      const framed = take(size)
      let end = 0
      for (const record of records) end = writeFrame(framed, end, record)
      return framed
    },
    settled() {
      shared ??= withResolvers()
      return shared.promise
    },
    resolve: () => shared?.resolve(),
    reject: (error) => shared?.reject(error),
  }
}

interface PromiseWithResolvers {
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
