import type { Upstream, UpstreamTls } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { serialize } from 'pg-protocol/dist/serializer.js'
import { createInbound } from '../inbound.js'
import type { PostgresTarget, SslMode } from '../target.js'

/**
 * Which transports to try, in order, for an `sslmode`: the table of libpq ("SSL Support", protection provided in
 * different modes). `offered` takes TLS if the target has it, `demanded` takes nothing else.
 */
export type Attempt = 'plain' | 'offered' | 'demanded'

const attempts: Readonly<Record<SslMode, readonly [Attempt, Attempt?]>> = {
  disable: ['plain'],
  allow: ['plain', 'demanded'],
  prefer: ['offered', 'plain'],
  require: ['demanded'],
  'verify-ca': ['demanded'],
  'verify-full': ['demanded'],
}

export function attemptsFor(mode: SslMode): readonly [Attempt, Attempt?] {
  return attempts[mode]
}

/** How strictly the target's certificate is checked; roots make any mode check the chain, as in libpq. */
export function tlsFor({ sslmode, sslrootcert, host }: PostgresTarget): UpstreamTls {
  const weak = sslrootcert === undefined ? 'require' : 'verify-ca'
  const verify = sslmode === 'verify-ca' || sslmode === 'verify-full' ? sslmode : weak
  const ca = sslrootcert === undefined || sslrootcert === 'system' ? {} : { ca: sslrootcert }
  return { verify, servername: host, alpn: ['postgresql'], ...ca }
}

/**
 * Asks for TLS where the attempt wants it; `agreed` hears that the target is willing, before the handshake. The
 * transport it answers has nothing unread. Throws `SallyportError`.
 */
export async function secure(upstream: Upstream, attempt: Attempt, tls: UpstreamTls, agreed: () => void): Promise<Upstream> {
  if (attempt === 'plain') return upstream
  const inbound = createInbound(upstream.stream)
  try {
    upstream.stream.write(serialize.requestSsl())
    const answer = String.fromCharCode((await inbound.take(1))[0]!)
    // Whatever came along was sent in clear by who knows whom (CVE-2021-23222).
    if (inbound.unread() > 0) throw new SallyportError('target_rejected', 'the target sent data ahead of TLS')
    if (answer === 'N' && attempt === 'offered') return upstream
    if (answer === 'N') throw new SallyportError('target_rejected', 'the target does not offer TLS, which its sslmode demands')
    if (answer !== 'S') throw new SallyportError('target_rejected', 'the target does not speak the protocol of PostgreSQL')
  } finally {
    inbound.release()
  }
  agreed()
  return upstream.upgrade(tls)
}
