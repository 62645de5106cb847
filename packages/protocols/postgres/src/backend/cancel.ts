import type { Upstream } from '@sallyport/gate'
import { type BackendKey, cancelRequest } from '../codec/index.js'
import type { PostgresTarget } from '../target.js'
import { secure, tlsFor } from './transport.js'

/**
 * Asks a target to give up what one of our connections runs: a connection of its own, under TLS if that one is, which the
 * target closes once the signal is sent. Never rejects: whether it helped shows on the other connection.
 */
export interface CancelOptions {
  readonly target: PostgresTarget
  readonly key: BackendKey
  readonly encrypted: boolean
  readonly dial: () => Promise<Upstream>
}

/** Milliseconds; a target that does not answer will not cancel either. */
const patience = 5000

export async function cancelAt({ target, key, encrypted, dial }: CancelOptions): Promise<void> {
  try {
    const plain = await dial()
    const timer = setTimeout(() => plain.stream.destroy(), patience)
    plain.stream.on('error', ignore)
    try {
      const { stream } = await secure(plain, encrypted ? 'demanded' : 'plain', tlsFor(target), ignore)
      stream.on('error', ignore)
      await new Promise<void>((resolve) => {
        if (stream.destroyed) return resolve()
        stream.once('close', resolve)
        stream.end(cancelRequest(key))
        stream.resume()
      })
    } finally {
      clearTimeout(timer)
      plain.stream.destroy()
    }
  } catch {
    return
  }
}

function ignore(): void {}
