import { randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * The cancel keys this engine hands out. A key opens exactly one connection's cancel; a wrong one is ignored without a
 * word and at the same pace, as the protocol demands. A caller must `release` a key when its connection ends.
 */
export interface CancelKeys {
  /** Throws `RangeError` when every number is in use. */
  issue(cancel: () => void): IssuedKey
  /** What a CancelRequest carried, and from where. */
  request(pid: number, secret: Uint8Array, address: string): void
}

export interface IssuedKey {
  /** Upper 16 bits: the agent's instance; lower 16: the connection. */
  readonly pid: number
  /** 4 bytes, as protocol 3.0 has it. */
  readonly secret: Uint8Array
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
  const issued = new Map<number, { readonly secret: Uint8Array; readonly cancel: () => void }>()
  const decoy = { secret: randomBytes(4), cancel: () => undefined }
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
    issue(cancel) {
      const pid = freeNumber()
      const secret = randomBytes(4)
      issued.set(pid, { secret, cancel })
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
      const expected = entry ?? decoy
      const same = secret.length === expected.secret.length && timingSafeEqual(secret, expected.secret)
      if (entry && same) entry.cancel()
      else wrong.set(address, before + 1)
    },
  }
}
