import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { SallyportError } from '@sallyport/core'
import { pinFits } from '@sallyport/contract'

/**
 * Finds the authority that a join token pins behind an address: asks for the chain and says nothing. Throws
 * `SallyportError` when the pinned authority is not in it or did not certify the listener; then the secret of the token
 * must not be sent there.
 */
export async function findAuthority(server: { readonly host: string; readonly port: number }, pin: string): Promise<string> {
  const chain = await chainOf(server)
  const [leaf] = chain
  const authority = chain.find((certificate) => pinFits(pin, certificate.publicKey.export({ format: 'der', type: 'spki' })))
  const certified = leaf !== undefined && authority !== undefined && leaf.checkIssued(authority) && leaf.verify(authority.publicKey)
  if (!certified) {
    throw new SallyportError(
      'unprocessable',
      'the control plane at this address is not the one the join token was made by; nothing was sent to it',
    )
  }
  return authority.toString()
}

const patienceMs = 10_000
const longestChain = 8

function chainOf({ host, port }: { readonly host: string; readonly port: number }): Promise<readonly X509Certificate[]> {
  return new Promise((resolve, reject) => {
    const unreachable = (): void => {
      socket.destroy()
      reject(new SallyportError('unavailable', `the control plane at ${host}:${port} does not answer`))
    }
    // Nothing is believed of this connection but that its chain leads to the pinned key.
    const socket: TLSSocket = connect({ host, port, ALPNProtocols: ['h2'], minVersion: 'TLSv1.3', rejectUnauthorized: false }, () => {
      const chain = listOf(socket.getPeerCertificate(true))
      socket.destroy()
      resolve(chain)
    })
    socket.setTimeout(patienceMs, unreachable)
    socket.on('error', unreachable)
  })
}

function listOf(leaf: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  // A self-signed certificate names itself as its issuer.
  for (
    let at: DetailedPeerCertificate | undefined = leaf;
    at?.raw !== undefined && chain.length < longestChain;
    at = at.issuerCertificate
  ) {
    const certificate = new X509Certificate(at.raw)
    if (chain.at(-1)?.raw.equals(certificate.raw)) break
    chain.push(certificate)
  }
  return chain
}
