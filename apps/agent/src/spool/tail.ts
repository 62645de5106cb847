import { hashRecord } from '@sallyport/audit'
import { payloads } from './frames.js'
import type { Tip } from './store.js'

/**
 * The end of the spool as it was written, in memory: what is streamed while it is young need not be read from the disk
 * and checked again. It is bounded and forgets its oldest part first; that is still on the disk.
 */
export interface Tail {
  /** The frames of the records up to `tip`, right behind those before it. A caller must not change them any more. */
  add(tip: Tip, frames: Uint8Array): void
  /**
   * Records behind `after`, at least one, about `maxBytes` of them and none beyond `last`, which ended an `add`; undefined
   * where it does not hold the first of them.
   */
  read(after: number, limit: { readonly maxBytes: number; readonly last: number }): TailRun | undefined
  /** Everything up to this sequence will not be asked for again. */
  forget(sequence: number): void
}

export interface TailRun {
  readonly records: readonly Uint8Array[]
  /** The record before the first of them, where it is known. */
  readonly previous: Tip | undefined
  /** The last of them. */
  readonly tip: Tip
}

interface Piece {
  readonly previous: Tip
  readonly tip: Tip
  readonly frames: Uint8Array
}

export function createTail(start: Tip, maxBytes: number): Tail {
  let pieces: Piece[] = []
  /** Of those that are forgotten; they are taken away many at a time. */
  let gone = 0
  let size = 0
  let end = start

  function forgetOldest(): void {
    size -= pieces[gone]!.frames.length
    gone += 1
    if (gone < 1024 && gone < pieces.length) return
    pieces = pieces.slice(gone)
    gone = 0
  }

  /** The piece that holds a record, by halves: sequences grow. */
  function pieceOf(sequence: number): number | undefined {
    let low = gone
    let high = pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (pieces[middle]!.tip.sequence < sequence) low = middle + 1
      else high = middle
    }
    const found = pieces[low]
    return found !== undefined && found.previous.sequence < sequence ? low : undefined
  }

  return {
    add(tip, frames) {
      pieces.push({ previous: end, tip, frames })
      end = tip
      size += frames.length
      while (size > maxBytes) forgetOldest()
    },
    read(after, limit) {
      const first = pieceOf(after + 1)
      if (first === undefined) return undefined
      const { previous } = pieces[first]!
      const records: Uint8Array[] = []
      let taken = 0
      let tip = previous
      for (let at = first; at < pieces.length && pieces[at]!.tip.sequence <= limit.last; at++) {
        const piece = pieces[at]!
        let { sequence } = piece.previous
        for (const payload of payloads(piece.frames)) {
          sequence += 1
          if (sequence <= after) continue
          const before = records.at(-1)
          if (before !== undefined && taken + payload.length > limit.maxBytes) {
            // The hash of a record that ends no piece was not kept.
            if (sequence - 1 > tip.sequence) tip = { sequence: sequence - 1, hash: hashRecord(before) }
            return { records, previous: previous.sequence === after ? previous : undefined, tip }
          }
          records.push(payload)
          taken += payload.length
        }
        tip = piece.tip
      }
      return records.length === 0 ? undefined : { records, previous: previous.sequence === after ? previous : undefined, tip }
    },
    forget(sequence) {
      while (gone < pieces.length && pieces[gone]!.tip.sequence <= sequence) forgetOldest()
    },
  }
}
