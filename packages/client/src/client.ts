import createFetchClient, { type Client as FetchClient } from 'openapi-fetch'
import { fetchTrusting } from './transport.js'
import type { paths } from './generated/schema.js'

/**
 * REST, typed by the committed OpenAPI document: `client.GET('/v1/resources/{name}', { params: { path: { name } } })`.
 * Answers `{ data, error, response }`; `unwrap` turns a problem into an error. A caller must not log the token.
 */
export type Client = FetchClient<paths>

export interface ClientOptions {
  /** Origin of the control plane, as `ready.json` tells it. */
  readonly baseUrl: string
  /** Bearer token of a trust provider for REST, or how to get a fresh one; absent only for `setup` and health. */
  readonly token?: string | (() => string | Promise<string>)
  /** PEM of certificates to trust beside the system's. */
  readonly ca?: string
  /** Milliseconds for each request; 30,000 by default. */
  readonly timeout?: number
}

export function createClient({ baseUrl, token, ca, timeout = 30_000 }: ClientOptions): Client {
  const send = ca === undefined ? (request: Request) => fetch(request) : fetchTrusting(ca)
  const client = createFetchClient<paths>({
    baseUrl: baseUrl.replace(/\/$/, ''),
    fetch: (request) =>
      send(new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]), redirect: 'error' })),
  })
  client.use({
    onRequest: async ({ request }) => {
      if (token !== undefined) request.headers.set('authorization', `Bearer ${typeof token === 'string' ? token : await token()}`)
      return request
    },
  })
  return client
}
