import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import type { Database } from '../db/index.js'
import type { Authority } from './authority.js'
import { Refused } from './refused.js'

/** Who is on a stream: the agent its certificate names, looked up, neither revoked nor quarantined. */
export interface AdmittedAgent {
  readonly id: string
  readonly auditKey: Uint8Array
  readonly sealingKey: Uint8Array
  /** When its certificate ends, and every stream over it; milliseconds since the epoch. */
  readonly notAfter: number
}

/** A gRPC call, as far as it says who is on the other end. */
export interface Authenticated {
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate } | null
}

export async function admit(call: Authenticated, { db, authority }: { db: Database; authority: Authority }): Promise<AdmittedAgent> {
  const raw = call.getAuthContext()?.sslPeerCertificate?.raw
  if (raw === undefined) throw new Refused('certificate', 'a client certificate is needed for this call')
  const certificate = new X509Certificate(raw)
  const id = authority.agentOf(certificate)
  const agent = id === undefined ? null : await db.agent.findUnique({ where: { id } })
  const key = certificate.publicKey.export({ format: 'der', type: 'spki' })
  if (agent === null || !key.equals(agent.tlsKey)) throw new Refused('certificate', 'no agent is enrolled with this certificate')
  refuseState(agent.state, agent.quarantineReason)
  return { id: agent.id, auditKey: agent.auditKey, sealingKey: agent.sealingKey, notAfter: Date.parse(certificate.validTo) }
}

/** Throws for an agent that may not be served. */
export function refuseState(state: string, reason: string | null): void {
  if (state === 'revoked') throw new Refused('revoked', 'this agent was revoked')
  if (state === 'quarantined') throw new Refused('quarantined', `this agent is quarantined: ${reason ?? 'a person must look at it'}`)
}
