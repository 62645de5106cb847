import { refuse } from '@sallyport/contract'
import type { RefusalReason } from '@sallyport/contract'
import type { StreamsLog } from './options.js'

/** Ends a call of an agent with a reason it may read; anything else that is thrown ends it as `unavailable` and is logged. */
export class Refused extends Error {
  override readonly name = 'Refused'
  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message)
  }
}

export function statusOf(error: unknown, log: StreamsLog): ReturnType<typeof refuse> {
  if (error instanceof Refused) return refuse(error.reason, error.message)
  log.error({ reason: error instanceof Error ? error.message : String(error) }, 'a call of an agent failed')
  return refuse('unavailable', 'the control plane cannot do this right now')
}
