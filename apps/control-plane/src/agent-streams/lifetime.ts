import { Refused } from './refused.js'

/** The longest that a timer of Node can wait. */
const longestWait = 2 ** 31 - 1

/** Ends a stream when the certificate it came over does; the result takes that back. */
export function endAt(notAfter: number, stream: { end(reason: Refused): void }): () => void {
  let timer: NodeJS.Timeout
  const wait = (): void => {
    const left = notAfter - Date.now()
    if (left <= 0) return stream.end(new Refused('certificate_expired', 'the certificate of this agent has expired'))
    timer = setTimeout(wait, Math.min(left, longestWait)).unref()
  }
  wait()
  return () => clearTimeout(timer)
}
