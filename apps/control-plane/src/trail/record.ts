import { principalKey, type Identity } from '@sallyport/core'
import type { Prisma, Reader } from '../db/index.js'
import { newId } from '../ids.js'
import { digestOf } from './digest.js'

/**
 * Administrative acts are events too: who did what, with digests of before and after. A caller must record an act in the
 * same transaction that does it, and must give only views without secrets.
 */
export interface Actor {
  /** `provider/subject`, or `system`. */
  readonly key: string
  readonly facts: {
    readonly name?: string
    readonly kind?: string
    readonly groups?: readonly string[]
    readonly token?: string
    /** `provider/subject`, the nearest first. */
    readonly acting_for?: readonly string[]
  }
  readonly address?: string
  readonly requestId?: string
}

export interface Act {
  /** `resource.create`, `lock.delete`, ... */
  readonly action: string
  readonly target: { readonly kind: string; readonly id?: string; readonly name?: string }
  /** Public views; absent before a creation and after a deletion. */
  readonly before?: unknown
  readonly after?: unknown
  readonly detail?: Prisma.InputJsonObject
}

export const systemActor: Actor = { key: 'system', facts: {} }

export function actorOf(identity: Identity, request: { readonly ip: string; readonly id: string }): Actor {
  const { principal, chain, token } = identity
  const actingFor = chain.length > 0 && { acting_for: chain.map(principalKey) }
  return {
    key: principalKey(principal),
    facts: { name: principal.name, kind: principal.kind, groups: principal.groups, token: token.id, ...actingFor },
    address: request.ip,
    requestId: request.id,
  }
}

export async function recordAct(db: Reader, actor: Actor, act: Act): Promise<void> {
  const { target } = act
  await db.adminEvent.create({
    data: {
      id: newId('adm'),
      actor: actor.key,
      actorFacts: factsOf(actor),
      action: act.action,
      targetKind: target.kind,
      targetId: target.id ?? null,
      targetName: target.name ?? null,
      before: act.before === undefined ? null : digestOf(act.before),
      after: act.after === undefined ? null : digestOf(act.after),
      detail: act.detail ?? {},
      address: actor.address ?? null,
      requestId: actor.requestId ?? null,
    },
  })
}

function factsOf({ facts: { groups = [], acting_for: actingFor, ...facts } }: Actor): Prisma.InputJsonObject {
  return { ...facts, groups: [...groups], ...(actingFor !== undefined && { acting_for: [...actingFor] }) }
}
