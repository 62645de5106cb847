import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Server as TlsServer } from 'node:tls'
import { writePrivate } from '@sallyport/host'
import type { AgentStreams } from './agent-streams/index.js'
import { describeError, type Log } from './log.js'

/**
 * The certificate of REST and console where nobody gave one: of the authority that agents trust already, renewed while it
 * is in use, with the authority's own certificate in a file for whoever calls. A caller must hand over the server it
 * serves, or the certificate ends with its lifetime.
 */
export interface OwnCertificate {
  readonly tls: { readonly cert: string; readonly key: string }
  /** Renews what the server shows; answers how to stop that. */
  keepOn(server: unknown): () => void
}

export interface OwnCertificateOptions {
  readonly streams: Pick<AgentStreams, 'ca' | 'issueServer'>
  readonly names: readonly string[]
  /** Where the certificate of the authority is left. */
  readonly caFile: string
  readonly log: Pick<Log, 'error'>
  /** Milliseconds; renewed at a third of it. */
  readonly lifetime?: number
}

const month = 30 * 86_400_000

export async function issueOwnCertificate({
  streams,
  names,
  caFile,
  log,
  lifetime = month,
}: OwnCertificateOptions): Promise<OwnCertificate> {
  const everyName = [...new Set([...names, hostname(), 'localhost', '127.0.0.1', '::1'])]
  const issue = async () => {
    const { certificate, key } = await streams.issueServer(everyName, lifetime)
    return { cert: certificate, key }
  }
  await mkdir(dirname(caFile), { recursive: true, mode: 0o700 })
  await writePrivate(caFile, streams.ca)
  return {
    tls: await issue(),
    keepOn: (server) => {
      if (!(server instanceof TlsServer)) throw new TypeError('a certificate is kept on a server that speaks TLS')
      const renew = (): void => {
        issue().then(
          (tls) => server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' }),
          (error: unknown) => log.error({ err: describeError(error) }, 'the certificate of REST could not be renewed'),
        )
      }
      const timer = setInterval(renew, lifetime / 3)
      return () => clearInterval(timer)
    },
  }
}
