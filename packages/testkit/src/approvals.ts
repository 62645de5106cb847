import type { Filed, Grant, HoldRequest, Unapproved } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Approvals } from '@sallyport/gate'

export interface FakeApprovals extends Approvals {
  /** Everything that was filed, in order. */
  readonly requests: readonly HoldRequest[]
  /** Ids that were withdrawn. */
  readonly withdrawn: readonly string[]
  /** Ids of grants of which a use was taken, in order. */
  readonly used: readonly string[]
  /** The grant that a test gives for the last request, one use of it unless told. */
  grantOf(request: HoldRequest, more?: Partial<Grant>): Grant
  end(ended: Unapproved): void
  /** From now on nobody answers: `file` and `use` wait until `goOn`. */
  stall(): void
  goOn(): void
  /** From now on the control plane is away. */
  breakDown(): void
}

/** People who do what a test says: the same digest is the same approval, and a grant has as many uses as it was given. */
export function createFakeApprovals(): FakeApprovals {
  const requests: HoldRequest[] = []
  const withdrawn: string[] = []
  const used: string[] = []
  const ids = new Map<string, Filed>()
  const listeners = new Set<(ended: Unapproved) => void>()
  let stalled: Promise<void> | undefined
  let goOn = () => {}
  let broken = false

  const answer = async () => {
    await stalled
    if (broken) throw new SallyportError('unavailable', 'the control plane is away')
  }
  return {
    requests,
    withdrawn,
    used,
    async file(request) {
      await answer()
      requests.push(request)
      const known = ids.get(request.digest) ?? { id: `apr_${ids.size + 1}`, url: `https://sallyport.test/approvals/apr_${ids.size + 1}` }
      ids.set(request.digest, known)
      return known
    },
    async use(grant) {
      await answer()
      if (used.filter((id) => id === grant.id).length >= grant.uses) throw new SallyportError('conflict', 'it was used already')
      used.push(grant.id)
    },
    withdraw: (approval) => void withdrawn.push(approval),
    onUnapproved(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    grantOf: ({ digest, hold }, more = {}) => ({
      id: `gra_${digest.slice(0, 8)}`,
      approval: ids.get(digest)!.id,
      digest,
      policies: hold.policies,
      uses: 1,
      expiresAt: Number.MAX_SAFE_INTEGER,
      ...more,
    }),
    end(ended) {
      for (const listener of listeners) listener(ended)
    },
    stall() {
      stalled = new Promise((resolve) => (goOn = resolve))
    },
    goOn() {
      stalled = undefined
      goOn()
    },
    breakDown() {
      broken = true
    },
  }
}
