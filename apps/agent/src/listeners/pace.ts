/**
 * Starts costly work a little at a time, so that what waits for the event loop gets its turn in between: a TLS
 * handshake takes most of a millisecond of it, and a thousand clients may come back at once. Nothing is held while the
 * work goes on: a client that stalls afterwards delays nobody.
 */
export interface Pace {
  /** Runs `work` in its turn; once. */
  run(work: () => void): void
  waiting(): number
}

export function createPace(perTurn: number): Pace {
  const queue: (() => void)[] = []
  let scheduled = false

  function turn(): void {
    for (const work of queue.splice(0, perTurn)) work()
    scheduled = queue.length > 0
    if (scheduled) setImmediate(turn)
  }

  return {
    run(work) {
      queue.push(work)
      if (scheduled) return
      scheduled = true
      setImmediate(turn)
    },
    waiting: () => queue.length,
  }
}
