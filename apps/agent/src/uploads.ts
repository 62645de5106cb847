import { SallyportError } from '@sallyport/core'
import type { PlaneLog } from './plane/plane.js'

/**
 * Keeps what the control plane knows of targets as new as what the agent knows: whoever tests or explains a policy there
 * judges with the same eyes, and whoever reads of a resource learns what was found out about it. Nothing waits for it,
 * and losing one costs only an explanation.
 */
export interface Uploads<T extends AboutDatabase> {
  offer(item: T): void
  close(): void
}

export interface AboutDatabase {
  /** `res_` id. */
  readonly resource: string
  readonly database: string
}

export interface UploadsOptions<T> {
  /** For the log: `a target model`. */
  readonly what: string
  /** What it refuses as `unprocessable` would be refused again. */
  readonly upload: (item: T) => Promise<void>
  readonly log: Pick<PlaneLog, 'warn'>
  /** Milliseconds until a failed upload is tried again. */
  readonly pause?: number
}

export function createUploads<T extends AboutDatabase>({ what, upload, log, pause = 5000 }: UploadsOptions<T>): Uploads<T> {
  /** The newest of each database that is not uploaded yet. */
  const waiting = new Map<string, T>()
  let timer: NodeJS.Timeout | undefined
  let busy = false
  let closed = false

  async function work(): Promise<void> {
    if (busy || closed) return
    busy = true
    for (const [key, item] of waiting) if ((await settled(item)) && waiting.get(key) === item) waiting.delete(key)
    busy = false
    if (waiting.size > 0 && !closed) timer = setTimeout(() => void work(), pause).unref()
  }

  async function settled(item: T): Promise<boolean> {
    try {
      await upload(item)
      return true
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown'
      log.warn({ resource: item.resource, database: item.database, reason }, `${what} could not be uploaded`)
      return error instanceof SallyportError && error.code === 'unprocessable'
    }
  }

  return {
    offer(item) {
      waiting.set(`${item.resource}/${item.database}`, item)
      clearTimeout(timer)
      void work()
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
