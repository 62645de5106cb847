import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'

/** Health and figures for whoever runs the agent. It changes nothing and tells no name of a caller or a target. */
export interface AdminOptions {
  /** Why the process should be replaced; empty: it is well. */
  readonly ill: () => readonly string[]
  /** Why it should get no new clients; empty: it is ready. */
  readonly unready: () => readonly string[]
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

export function createAdmin(options: AdminOptions): Server {
  const server = createServer((request, response) => {
    const { method, url = '' } = request
    request.resume()
    if (method !== 'GET' && method !== 'HEAD') return answer(response, 405, { status: 'method not allowed' })
    switch (url.replace(/\?.*$/, '')) {
      case '/healthz':
        return health(response, options.ill())
      case '/readyz':
        return health(response, [...options.ill(), ...options.unready()])
      case '/metrics':
        options.metrics().then(
          ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
          () => answer(response, 500, { status: 'failed' }),
        )
        return
      default:
        return answer(response, 404, { status: 'not found' })
    }
  })
  server.headersTimeout = 5_000
  server.requestTimeout = 5_000
  server.maxConnections = 100
  return server
}

function health(response: ServerResponse, reasons: readonly string[]): void {
  if (reasons.length === 0) answer(response, 200, { status: 'ok' })
  else answer(response, 503, { status: 'unavailable', reasons })
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(`${JSON.stringify(body)}\n`)
}
