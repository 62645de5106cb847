import { isIP } from 'node:net'
import { SallyportError } from '@sallyport/core'
import type { FastifyRequest } from 'fastify'
import { isLoopback } from './loopback.js'

/**
 * A page of a foreign site can make a browser send requests here under a name of its own (DNS rebinding), so the `Host`
 * must be one that is meant: the public address, the literal address the connection came in on, or a name of loopback on loopback.
 */
export function createHostCheck(publicHost: () => string | undefined): (request: FastifyRequest) => void {
  return (request) => {
    const host = (request.headers.host ?? '').toLowerCase()
    if (host !== '' && (host === publicHost() || isOwnAddress(host, request))) return
    throw new SallyportError('invalid', 'the Host header names another server')
  }
}

/**
 * Clients of a server name a path (RFC 9112, section 3.2.1). One that names a whole URL takes this for a proxy, and says who
 * is meant twice: nobody should have to know which of the two the check of the `Host` believed.
 */
export function checkForm(request: FastifyRequest): void {
  if (!request.raw.url?.startsWith('/'))
    throw new SallyportError('invalid', 'a request line names a path here, not a whole URL: this is no proxy')
}

function isOwnAddress(host: string, request: FastifyRequest): boolean {
  const { localAddress = '', localPort } = request.socket
  const parsed = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(host)
  const [name, port] = [parsed?.[1], parsed?.[2]]
  if (name === undefined || (port !== undefined && Number(port) !== localPort)) return false
  const bare = name.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) !== 0) return bare === localAddress || `::ffff:${bare}` === localAddress || (isLoopback(bare) && isLoopback(localAddress))
  return isLoopback(bare) && isLoopback(localAddress)
}
