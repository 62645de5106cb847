import { targetDigest } from '@sallyport/contract'
import type { Finding } from '@sallyport/core'
import { protocols } from '@sallyport/registry'
import type { PostureView } from './schema.js'
import type { ResourceRow } from './store.js'

/**
 * What agents found out about the target as it is now; null until one has looked, also after a change. Undefined where
 * agents look at nothing.
 */
export function postureOf({ protocol, target, postures }: ResourceRow): PostureView | null | undefined {
  if (!protocols.some(({ name, load }) => name === protocol && load.probe !== undefined)) return undefined
  if (postures.length === 0) return null
  const digest = targetDigest(target as Record<string, unknown>)
  const told = postures.find((posture) => Buffer.compare(posture.targetDigest, digest) === 0)
  if (told === undefined) return null
  return {
    agent: told.agentId,
    database: told.database,
    checked_at: told.checkedAt?.toISOString() ?? null,
    error: told.error,
    findings: told.findings as unknown as Finding[],
  }
}

/** What whoever registers a resource should hear of: all but what is only worth knowing. */
export function warningsOf(posture: PostureView | null | undefined): string[] {
  if (!posture) return []
  const failed = posture.error === null ? [] : [`its target could not be looked at: ${posture.error}`]
  return [...failed, ...posture.findings.filter(({ severity }) => severity !== 'info').map(({ severity, what }) => `${severity}: ${what}`)]
}
