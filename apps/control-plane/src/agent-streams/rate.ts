/** Says yes at most `times` in any `perMs` milliseconds. */
export function rateLimit({ times, perMs }: { readonly times: number; readonly perMs: number }): () => boolean {
  const past: number[] = []
  return () => {
    const now = performance.now()
    while (past.length > 0 && past[0]! <= now - perMs) past.shift()
    if (past.length >= times) return false
    past.push(now)
    return true
  }
}
