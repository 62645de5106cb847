import { X509Certificate } from 'node:crypto'
import { Metadata } from '@grpc/grpc-js'
import { EnrollmentServiceClient } from '@sallyport/contract'
import type { RenewResponse } from '@sallyport/contract'
import { pemChain } from '../enrol/chain.js'
import type { StoredIdentity } from '../enrol/identity.js'
import { certificateRequest } from '../enrol/request.js'
import type { ServerAddress } from './address.js'
import { channelCredentials, channelOptions, target } from './channel.js'

/** Keeps the agent's certificate fresh: renewed when a third of its life is over, by the key that was enrolled. */
export interface CertificateLife {
  /** Milliseconds since the epoch. */
  readonly renewAt: number
  readonly expiresAt: number
}

const patienceMs = 15_000

export function certificateLife(pem: string): CertificateLife {
  const { validFrom, validTo } = new X509Certificate(pem)
  const from = Date.parse(validFrom)
  const expiresAt = Date.parse(validTo)
  return { renewAt: from + (expiresAt - from) / 3, expiresAt }
}

/** Works with an expired certificate too. Rejects with what the call ended with. */
export async function renewCertificate(identity: StoredIdentity, server: ServerAddress): Promise<void> {
  const tlsCsr = await certificateRequest(identity.tlsKey)
  const client = new EnrollmentServiceClient(target(server), channelCredentials(channelIdentity(identity)), channelOptions)
  try {
    const { certificateChain } = await new Promise<RenewResponse>((resolve, reject) => {
      client.renew({ agentId: identity.agentId, tlsCsr }, new Metadata(), { deadline: Date.now() + patienceMs }, (error, response) => {
        if (error === null) resolve(response)
        else reject(error)
      })
    })
    await identity.replaceCertificate(pemChain(certificateChain))
  } finally {
    client.close()
  }
}

export function channelIdentity(identity: StoredIdentity): Parameters<typeof channelCredentials>[0] {
  const key = identity.tlsKey.export({ format: 'pem', type: 'pkcs8' }) as string
  return { ca: identity.ca, client: { certificate: identity.certificate(), key } }
}
