export interface Message {
  readonly type: string
  readonly body: Buffer
}

export interface SplitterEvents {
  /** The first byte of a message has come. */
  readonly begin: (type: string) => void
  readonly whole: (message: Message) => void
}

/** Messages of a stream that comes in any pieces; it believes their lengths, for what it watches has checked them. */
export function createSplitter({ begin, whole }: SplitterEvents): { push(bytes: Uint8Array): void } {
  let kept = Buffer.alloc(0)
  let begun = false
  return {
    push(bytes) {
      kept = kept.length === 0 ? Buffer.from(bytes) : Buffer.concat([kept, bytes])
      for (;;) {
        if (kept.length === 0) return
        const type = String.fromCharCode(kept[0] ?? 0)
        if (!begun) begin(type)
        begun = true
        if (kept.length < 5) return
        const size = kept.readInt32BE(1) + 1
        if (size < 5 || kept.length < size) return
        whole({ type, body: kept.subarray(5, size) })
        kept = kept.subarray(size)
        begun = false
      }
    },
  }
}
