import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * A request for a certificate (PKCS#10, RFC 2986), DER, for an ECDSA P-256 key and signed by it. It names nobody: the
 * control plane knows better.
 */
export async function certificateRequest(key: KeyObject): Promise<Buffer> {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign'])
  const { d: _d, key_ops: _ops, ...half } = await webcrypto.subtle.exportKey('jwk', privateKey)
  const publicKey = await webcrypto.subtle.importKey('jwk', half, algorithm, true, ['verify'])
  const request = await Pkcs10CertificateRequestGenerator.create({ keys: { privateKey, publicKey }, signingAlgorithm: algorithm })
  return Buffer.from(request.rawData)
}
