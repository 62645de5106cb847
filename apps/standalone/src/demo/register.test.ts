import { createServer, type Server } from 'node:http'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readDocuments } from './documents.js'
import { registerDemo, removeDemo, wasRegistered, type World } from './register.js'

/** A control plane that keeps what it is given, and knows root only while somebody vouches. */
let server: Server
let kept: Map<string, string>
let calls: string[]
let folder: string
let world: World

const addresses = {
  issuer: 'http://127.0.0.1:8703',
  jwks: 'http://127.0.0.1:8703/jwks',
  audience: 'sallyport',
  apiAudience: 'sallyport-api',
  shop: { port: 5432, user: 'shop_gateway', password: 'first' },
}

beforeEach(async () => {
  kept = new Map()
  calls = []
  folder = await mkdtemp(join(tmpdir(), 'sallyport-register-'))
  server = createServer((req, res) => {
    let body = ''
    req.on('data', (chunk: Buffer) => (body += chunk.toString()))
    req.on('end', () => {
      calls.push(`${req.method} ${req.url}`)
      res.writeHead(answer(`${req.method}`, `${req.url}`, body)).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await writeFile(join(folder, 'claim'), 'sjc_claim\n')
  world = {
    door: { url: `http://127.0.0.1:${(server.address() as { port: number }).port}` },
    claimFile: join(folder, 'claim'),
    appliedFile: join(folder, 'applied.json'),
    mint: async () => 'token of root',
  }
})
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

function answer(method: string, path: string, body: string): number {
  if (path === '/v1/setup') {
    kept.set('/v1/trust-providers/demo', body)
    return 201
  }
  if (!kept.has('/v1/trust-providers/demo')) return 401
  if (method === 'PUT') kept.set(path, body)
  if (method === 'DELETE') return kept.delete(path) ? 204 : 404
  return path === '/v1/me' || kept.has(path) ? 200 : 404
}

const puts = () => calls.filter((call) => call.startsWith('PUT'))

it('spends the claim, then applies what others need first, with the addresses of this home', async () => {
  await registerDemo(world, await readDocuments(addresses))
  expect(calls[0]).toBe('POST /v1/setup')
  const kinds = puts().map((call) => call.split('/')[2])
  expect(kinds).toEqual(
    kinds.toSorted(
      (a, b) =>
        ['trust-providers', 'roles', 'resources', 'policies'].indexOf(a!) -
        ['trust-providers', 'roles', 'resources', 'policies'].indexOf(b!),
    ),
  )
  expect(JSON.parse(kept.get('/v1/resources/shop')!)).toMatchObject({ target: { port: 5432, user: 'shop_gateway', password: 'first' } })
  expect(kept.has('/v1/policies/agents-on-shop')).toBe(true)
  await expect(readFile(world.claimFile)).rejects.toThrow('ENOENT')
})

it('sends nothing twice, what has changed again, and what somebody deleted too', async () => {
  await registerDemo(world, await readDocuments(addresses))
  calls.length = 0
  await registerDemo(world, await readDocuments(addresses))
  expect(puts()).toEqual([])
  kept.delete('/v1/policies/dba-on-shop')
  await registerDemo(world, await readDocuments({ ...addresses, shop: { ...addresses.shop, password: 'second' } }))
  expect(puts()).toEqual(['PUT /v1/resources/shop', 'PUT /v1/policies/dba-on-shop'])
})

it('keeps passwords out of what it remembers', async () => {
  await registerDemo(world, await readDocuments(addresses))
  expect(await readFile(world.appliedFile, 'utf8')).not.toContain('first')
})

it('removes what it registered and nothing else, who vouches last', async () => {
  await registerDemo(world, await readDocuments(addresses))
  kept.set('/v1/policies/mine', '{}')
  await removeDemo(world, () => {})
  expect([...kept.keys()]).toEqual(['/v1/policies/mine'])
  expect(calls.at(-1)).toBe('DELETE /v1/trust-providers/demo')
  expect(await wasRegistered(world.appliedFile)).toBe(false)
})

it('goes on removing after an interruption', async () => {
  await registerDemo(world, await readDocuments(addresses))
  kept.delete('/v1/policies/dba-on-shop')
  await removeDemo(world, () => {})
  expect(kept.size).toBe(0)
})

it('says who administers when it is not the demo', async () => {
  await rm(world.claimFile)
  await expect(registerDemo(world, await readDocuments(addresses))).rejects.toThrow('SALLYPORT_DEMO=0')
})

it('leaves to the administrator what nobody vouches for any more', async () => {
  await registerDemo(world, await readDocuments(addresses))
  kept.delete('/v1/trust-providers/demo')
  const said: string[] = []
  await removeDemo(world, (line) => said.push(line))
  expect(said).toHaveLength(1)
  expect(await wasRegistered(world.appliedFile)).toBe(false)
})
