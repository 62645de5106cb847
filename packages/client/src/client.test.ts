import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient, ProblemError, unwrap } from './index.js'

let server: Server
let baseUrl: string
const seen: { method: string; url: string; authorization: string | undefined }[] = []

beforeAll(async () => {
  server = createServer((request, reply) => {
    seen.push({ method: request.method!, url: request.url!, authorization: request.headers.authorization })
    if (request.url === '/v1/me') reply.writeHead(502, { 'content-type': 'text/html' }).end('<html>')
    else if (request.url === '/healthz') reply.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    else reply.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[],"next_cursor":null}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('has the types that the committed OpenAPI document gives', async () => {
  // A generator is no part of the package: it is plain JavaScript beside it.
  const { generateSchema } = (await import(new URL('../generate.mjs', import.meta.url).href)) as { generateSchema: () => Promise<string> }
  const committed = await readFile(new URL('generated/schema.ts', import.meta.url), 'utf8')
  expect(await generateSchema(), 'run: pnpm --filter @sallyport/client run schema').toBe(committed)
})

it('sends the token and spells path and query', async () => {
  const client = createClient({ baseUrl, token: async () => 'abc' })
  expect(await unwrap(client.GET('/v1/resources', { params: { query: { limit: 5 } } }))).toEqual({ items: [], next_cursor: null })
  await client.GET('/v1/resources/{name}', { params: { path: { name: 'a b' } } })
  expect(seen.slice(-2)).toEqual([
    { method: 'GET', url: '/v1/resources?limit=5', authorization: 'Bearer abc' },
    { method: 'GET', url: '/v1/resources/a%20b', authorization: 'Bearer abc' },
  ])
})

it('makes an error of an answer that is no problem document', async () => {
  await expect(unwrap(createClient({ baseUrl }).GET('/v1/me'))).rejects.toThrow(ProblemError)
})

it('follows no redirect, for it would carry the token along', async () => {
  await expect(createClient({ baseUrl, token: 'abc' }).GET('/healthz')).rejects.toThrow('fetch failed')
})
