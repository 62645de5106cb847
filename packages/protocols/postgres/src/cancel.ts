import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type BackendKey, longKeysSince } from './codec/index.js'

/**
 * The cancel keys this engine hands out. A key opens exactly one connection's cancel; a wrong one is ignored without a
 * word and at the same pace, as the protocol demands. The number says which agent gave it (its upper 16 bits), so that
 * whoever stands before several agents can tell where a cancel request belongs. A caller must `release` a key when its
 * connection ends.
 */
export interface CancelKeys {
  /** A key as a minor version of the protocol has it. Throws `RangeError` when every number is in use. */
  issue(minor: number, cancel: () => void): IssuedKey
  /** What a CancelRequest carried, and from where. */
  request(pid: number, secret: Uint8Array, address: string): void
}

/** Its `pid`: upper 16 bits the agent's instance, lower 16 the connection. Its secret: 4 bytes in protocol 3.0, 32 in 3.2. */
export interface IssuedKey extends BackendKey {
  release(): void
}

export interface CancelLimits {
  /** Wrong keys from one address in one window before the rest of the window is ignored. */
  readonly wrong: number
  /** Milliseconds. */
  readonly window: number
}

const defaults: CancelLimits = { wrong: 10, window: 10_000 }

export function createCancelKeys(instance: number, now: () => number, limits: CancelLimits = defaults): CancelKeys {
  /** By number. Of a secret only the digest is kept: digests are of one length, so comparing them tells nothing of that either. */
  const issued = new Map<number, { readonly digest: Uint8Array; readonly cancel: () => void }>()
  const decoy = digestOf(randomBytes(32))
  let last = 0
  let windowEnds = -Infinity
  /** Wrong keys by address in this window; emptied with it, so it cannot outgrow the connections of one window. */
  const wrong = new Map<string, number>()

  function freeNumber(): number {
    for (let tries = 0; tries <= 0xffff; tries++) {
      last = (last + 1) & 0xffff
      const pid = ((instance & 0xffff) << 16) | last
      if (pid !== 0 && !issued.has(pid)) return pid
    }
    throw new RangeError('every connection number is in use')
  }

  return {
    issue(minor, cancel) {
      const pid = freeNumber()
      const secret = randomBytes(minor >= longKeysSince ? 32 : 4)
      issued.set(pid, { digest: digestOf(secret), cancel })
      return { pid, secret, release: () => void issued.delete(pid) }
    },
    request(pid, secret, address) {
      if (now() >= windowEnds) {
        wrong.clear()
        windowEnds = now() + limits.window
      }
      const before = wrong.get(address) ?? 0
      if (before >= limits.wrong) return
      const entry = issued.get(pid)
      const same = timingSafeEqual(digestOf(secret), entry?.digest ?? decoy)
      if (entry && same) entry.cancel()
      else wrong.set(address, before + 1)
    },
  }
}

function digestOf(secret: Uint8Array): Uint8Array {
  return createHash('sha256').update(secret).digest()
}
