import { randomUUID } from 'node:crypto'
import type { Calls } from '@sallyport/contract'
import type { KeySource } from '@sallyport/identity'
import type { Current } from '../snapshot/current.js'

/**
 * Public keys of trust providers, from the snapshot. A key id that is not in it is asked for once in a while, for a
 * provider may have rotated its keys a moment ago; what anybody writes into a token must not make us ask for ever.
 */
type Keys = Awaited<ReturnType<KeySource['keys']>>

const pauseMs = 10_000
const patienceMs = 4_000

export function createKeySource(current: Current, calls: () => Calls | undefined): KeySource {
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<void> }>()

  const find = (provider: string, kid: string | undefined): Keys => {
    const published = current.compiled()?.keys.get(provider)
    return kid === undefined ? published : published?.filter((key) => key['kid'] === kid)
  }

  const refetch = async (provider: string, keyId: string, over: Calls): Promise<void> => {
    const result = await over.ask({ kind: { $case: 'refetchKeys', value: { provider, keyId } }, key: randomUUID(), timeout: patienceMs })
    if (result.$case === 'refetchKeysDone') await reached(current, result.value.version)
  }

  return {
    keys: (provider, kid) => {
      const found = find(provider, kid)
      const over = calls()
      if (kid === undefined || (found?.length ?? 0) > 0 || over === undefined || current.compiled()?.keys.has(provider) !== true)
        return found
      const last = asked.get(provider)
      const fresh = last === undefined || last.at <= performance.now() - pauseMs
      // Whoever comes while it is being asked waits for the same answer.
      const answer = fresh ? refetch(provider, kid, over).catch(() => {}) : last.answer
      if (fresh) asked.set(provider, { at: performance.now(), answer })
      return answer.then(() => find(provider, kid))
    },
  }
}

/** Waits for a snapshot of this version of the control plane, or for patience to end. */
function reached(current: Current, version: bigint): Promise<void> {
  const there = (): boolean => BigInt(current.current()?.version.split('.')[1] ?? 0) >= version
  if (there()) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
    const timer = setTimeout(done, patienceMs).unref()
    const unsubscribe = current.onChange(() => there() && done())
  })
}
