import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto'
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'
import { ed25519PublicKey, x25519PublicKey } from '@sallyport/contract'
import type { EnrollmentServiceServer, EnrollRequest, EnrollResponse, RenewRequest, RenewResponse } from '@sallyport/contract'
import type { Database } from '../db/index.js'
import { newId } from '../ids.js'
import type { SecretBox } from '../secrets/index.js'
import { readRequest } from './authority.js'
import type { Authority } from './authority.js'
import { joinBy, mayJoin } from './join-tokens.js'
import type { StreamsLog } from './options.js'
import { Refused, statusOf } from './refused.js'
import { readSigner } from './signer.js'

/**
 * Lets agents in and keeps their certificates fresh. Everything an agent is called comes from our records; of what it
 * sends only keys are taken, each proved to be its own. Refusals say the same for every token that does not fit.
 */
export interface EnrollmentOptions {
  readonly db: Database
  readonly secrets: SecretBox
  readonly authority: Authority
  /** Of an agent's certificate, milliseconds. */
  readonly lifetime: number
  readonly log: StreamsLog
}

export function enrollmentService(options: EnrollmentOptions): EnrollmentServiceServer {
  return {
    enroll: answering(options.log, (request: EnrollRequest) => enroll(request, options)),
    renew: answering(options.log, (request: RenewRequest, certificate) => renew(request, certificate, options)),
  }
}

const notJoining = 'the join token is not valid: it was used, has expired or never existed'

async function enroll(request: EnrollRequest, { db, secrets, authority, lifetime, log }: EnrollmentOptions): Promise<EnrollResponse> {
  // Strangers may ask as often as they like: what costs more than a look comes after a token that is good.
  if (!(await mayJoin(db, request.joinSecret))) throw new Refused('join_token', notJoining)
  const { csr, spki } = await provenKeys(request)
  const signer = await readSigner(db, secrets)
  const agentId = newId('agt')
  const { chain, notAfter } = await authority.issueAgent({ agentId, csr, lifetime })
  const instanceId = newId('ins')
  const continuity = randomBytes(32)
  await db.$transaction(async (tx) => {
    const joined = await joinBy(tx, request.joinSecret, {
      id: agentId,
      version: request.agentVersion.slice(0, 100),
      tlsKey: spki,
      auditKey: request.auditPublicKey,
      sealingKey: request.sealingPublicKey,
      certificateExpiresAt: notAfter,
    })
    if (!joined) throw new Refused('join_token', notJoining)
    const shown = Uint8Array.from(createHash('sha256').update(continuity).digest())
    await tx.agentInstance.create({ data: { id: instanceId, agentId, continuity: shown, pending: [] } })
  })
  log.info({ agent: agentId }, 'an agent enrolled')
  return { agentId, instanceId, certificateChain: [...chain], snapshotSigner: signer.publicKey, continuity }
}

async function provenKeys(request: EnrollRequest) {
  const read = await readRequest(request.tlsCsr)
  if (read === undefined) throw new Refused('invalid', 'the certificate request must be PKCS#10 for an ECDSA P-256 key, signed by it')
  try {
    x25519PublicKey(request.sealingPublicKey)
    const proved = Buffer.concat([createHash('sha256').update(request.tlsCsr).digest(), request.sealingPublicKey])
    if (verify(null, proved, ed25519PublicKey(request.auditPublicKey), request.auditKeyProof)) return read
  } catch {
    // A key of the wrong length says no more than a wrong signature.
  }
  throw new Refused('invalid', 'the audit key (Ed25519) must prove itself over the request and the sealing key (X25519)')
}

async function renew(request: RenewRequest, shown: X509Certificate | undefined, options: EnrollmentOptions): Promise<RenewResponse> {
  const { db, authority, lifetime, log } = options
  const read = await readRequest(request.tlsCsr)
  const agent = await db.agent.findUnique({ where: { id: request.agentId } })
  // Over an expired certificate the connection proves nothing any more; the request's own signature does.
  const own = shown === undefined || authority.agentOf(shown) === agent?.id
  if (read === undefined || agent === null || !own || !read.spki.equals(agent.tlsKey)) {
    throw new Refused('certificate', 'a certificate is renewed only for the key that was enrolled, by its holder')
  }
  if (agent.state === 'revoked') throw new Refused('revoked', 'this agent was revoked')
  if (agent.state === 'quarantined') throw new Refused('quarantined', 'this agent is quarantined until a person looks at it')
  const { chain, notAfter } = await authority.issueAgent({ agentId: agent.id, csr: read.csr, lifetime })
  await db.agent.update({ where: { id: agent.id }, data: { certificateExpiresAt: notAfter } })
  log.info({ agent: agent.id }, 'a certificate was renewed')
  return { certificateChain: [...chain] }
}

function answering<Request, Response>(
  log: StreamsLog,
  answer: (request: Request, certificate: X509Certificate | undefined) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void replyTo(call, callback)
  }

  async function replyTo(call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): Promise<void> {
    const raw = call.getAuthContext()?.sslPeerCertificate?.raw
    try {
      const response = await answer(call.request, raw === undefined ? undefined : new X509Certificate(raw))
      callback(null, response)
    } catch (error) {
      callback(statusOf(error, log))
    }
  }
}
