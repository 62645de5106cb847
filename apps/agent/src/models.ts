import type { ReadModel } from '@sallyport/gate'
import type { Log } from './log.js'

/**
 * Keeps the control plane's picture of each target's catalog as new as the engines': whoever tests or explains a policy
 * there judges with the same eyes. Nothing waits for it, and losing one costs only an explanation.
 */
export interface ModelUploads {
  offer(read: ReadModel): void
  close(): void
}

export interface ModelUploadsOptions {
  readonly upload: (read: ReadModel) => Promise<void>
  readonly log: Pick<Log, 'warn'>
  /** Milliseconds until a failed upload is tried again. */
  readonly pause?: number
}

export function createModelUploads({ upload, log, pause = 5000 }: ModelUploadsOptions): ModelUploads {
  /** The newest of each database that is not uploaded yet. */
  const waiting = new Map<string, ReadModel>()
  let timer: NodeJS.Timeout | undefined
  let busy = false
  let closed = false

  async function work(): Promise<void> {
    if (busy || closed) return
    busy = true
    for (const [key, read] of waiting) {
      try {
        await upload(read)
        if (waiting.get(key) === read) waiting.delete(key)
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown'
        log.warn({ resource: read.resource, database: read.database, reason }, 'a target model could not be uploaded')
      }
    }
    busy = false
    if (waiting.size > 0 && !closed) timer = setTimeout(() => void work(), pause).unref()
  }

  return {
    offer(read) {
      waiting.set(`${read.resource}/${read.database}`, read)
      clearTimeout(timer)
      void work()
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
