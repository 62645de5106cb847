import { X509Certificate } from 'node:crypto'

/** Certificates in DER, leaf first, as one PEM text. Throws for what is not a certificate. */
export function pemChain(chain: readonly Uint8Array[]): string {
  if (chain.length === 0) throw new Error('a chain has at least a leaf')
  return chain.map((der) => new X509Certificate(der).toString()).join('')
}
