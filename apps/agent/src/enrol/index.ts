import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { Metadata } from '@grpc/grpc-js'
import { SallyportError } from '@sallyport/core'
import { EnrollmentServiceClient, parseJoinToken, rawPublicKey, refusalOf } from '@sallyport/contract'
import type { EnrollRequest, EnrollResponse } from '@sallyport/contract'
import { parseServer } from '../plane/address.js'
import { channelCredentials, channelOptions, target } from '../plane/channel.js'
import { pemChain } from './chain.js'
import { openIdentity, storeIdentity } from './identity.js'
import type { StoredIdentity } from './identity.js'
import { findAuthority } from './pin.js'
import { certificateRequest } from './request.js'

export type { AgentIdentity } from './identity.js'

export interface EnrolOptions {
  readonly dataDir: string
  /** `HOST:PORT`. */
  readonly server: string
  /** Needed once; ignored where the data directory is enrolled already. */
  readonly joinToken?: string
  readonly agentVersion: string
}

/**
 * Answers who this agent is; the first time it makes the keys and asks to be let in. The keys never leave this machine,
 * and the secret of the token goes only to the control plane that the token pins. Throws `SallyportError`.
 */
export async function enrol(options: EnrolOptions): Promise<StoredIdentity> {
  const known = await openIdentity(options.dataDir)
  if (known !== undefined) return known
  const token = parseJoinToken(options.joinToken ?? '')
  if (token === undefined) throw new SallyportError('invalid', 'this agent is not enrolled: a join token (sjt_...) is needed once')
  const server = parseServer(options.server)
  const ca = await findAuthority(server, token.pin)
  const keys = {
    tls: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    audit: generateKeyPairSync('ed25519').privateKey,
    sealing: generateKeyPairSync('x25519').privateKey,
  }
  const tlsCsr = await certificateRequest(keys.tls)
  const sealingPublicKey = rawPublicKey(keys.sealing)
  const proved = Buffer.concat([createHash('sha256').update(tlsCsr).digest(), sealingPublicKey])
  const client = new EnrollmentServiceClient(target(server), channelCredentials({ ca }), channelOptions)
  try {
    const answer = await ask(client, {
      joinSecret: token.secret,
      tlsCsr,
      auditPublicKey: rawPublicKey(keys.audit),
      auditKeyProof: sign(null, proved, keys.audit),
      sealingPublicKey,
      agentVersion: options.agentVersion,
    })
    const { agentId, instanceId, snapshotSigner: signer, continuity } = answer
    await storeIdentity(options.dataDir, {
      agentId,
      instanceId,
      ca,
      certificate: pemChain(answer.certificateChain),
      signer,
      continuity,
      keys,
    })
  } finally {
    client.close()
  }
  const stored = await openIdentity(options.dataDir)
  if (stored === undefined) throw new SallyportError('internal', 'the identity of this agent could not be stored')
  return stored
}

const patienceMs = 15_000

function ask(client: EnrollmentServiceClient, request: EnrollRequest): Promise<EnrollResponse> {
  return new Promise((resolve, reject) => {
    client.enroll(request, new Metadata(), { deadline: Date.now() + patienceMs }, (error, response) => {
      if (error === null) return resolve(response)
      const refused = refusalOf(error) !== undefined
      reject(new SallyportError(refused ? 'forbidden' : 'unavailable', refused ? error.details : 'the control plane does not answer'))
    })
  })
}
