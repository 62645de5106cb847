import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'

/**
 * `fetch` over TLS that also trusts a CA of one's own: the built-in one cannot be told. No redirects are followed.
 * Rejects as `fetch` does, with a `TypeError` whose cause is the network's.
 */
export function fetchTrusting(ca: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url)
    if (url.protocol !== 'https:') return fetch(request)
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
    return new Promise((resolve, reject) => {
      const options = {
        method: request.method,
        headers: { ...Object.fromEntries(request.headers), ...(body && { 'content-length': String(body.length) }) },
        ca: [...rootCertificates, ca],
        signal: request.signal,
      }
      const sent = httpsRequest(url, options, (answer) => {
        const headers = new Headers()
        for (const [name, value] of Object.entries(answer.headers)) for (const item of [value ?? []].flat()) headers.append(name, item)
        const status = answer.statusCode ?? 500
        const empty = status === 204 || status === 304 || request.method === 'HEAD'
        if (empty) answer.resume()
        resolve(new Response(empty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers }))
      })
      sent.on('error', (cause) => reject(new TypeError('fetch failed', { cause })))
      sent.end(body)
    })
  }
}
