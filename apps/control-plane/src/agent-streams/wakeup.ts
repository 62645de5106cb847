/** Waits for a change or for a time, whichever is first. A change during work is not lost: the next wait ends at once. */
export interface Wakeup {
  readonly wake: () => void
  /** Rejects with the reason of `ended`. */
  next(withinMs: number): Promise<void>
}

export function createWakeup(ended: AbortSignal): Wakeup {
  let due = false
  let resume = (): void => {}
  ended.addEventListener('abort', () => resume(), { once: true })
  return {
    wake: () => {
      due = true
      resume()
    },
    next: async (withinMs) => {
      ended.throwIfAborted()
      if (!due) {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>((resolve) => {
          resume = resolve
          timer = setTimeout(resolve, withinMs).unref()
        })
        clearTimeout(timer)
      }
      ended.throwIfAborted()
      due = false
    },
  }
}
