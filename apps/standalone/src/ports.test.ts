import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { settlePorts } from './ports.js'

let home: string
const servers: Server[] = []
const zeros = { http: 0, grpc: 0, postgres: 0, ssh: 0, web: 0, admin: 0, issuer: 0 }

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-ports-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await rm(home, { recursive: true, force: true })
})

const take = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    servers.push(server)
  })

it('picks a different free port for each zero and keeps them for the next start', async () => {
  const first = await settlePorts({ home, bind: '127.0.0.1', ports: zeros })
  expect(new Set(Object.values(first.ports)).size).toBe(8)
  expect((await settlePorts({ home, bind: '127.0.0.1', ports: zeros })).ports).toEqual(first.ports)
})

it('lets go of a kept port that somebody else has taken in the meantime', async () => {
  const first = await settlePorts({ home, bind: '127.0.0.1', ports: zeros })
  await take(first.ports.http)
  const second = await settlePorts({ home, bind: '127.0.0.1', ports: zeros })
  expect(second.ports.http).not.toBe(first.ports.http)
  expect(second.ports.grpc).toBe(first.ports.grpc)
})

it('names every taken port and who holds it', async () => {
  const [a, b] = [await take(0), await take(0)]
  const settled = settlePorts({ home, bind: '127.0.0.1', ports: { ...zeros, http: a, postgres: b } })
  await expect(settled).rejects.toThrow(`SALLYPORT_HTTP_PORT: port ${a} is taken by`)
  await expect(settled).rejects.toThrow(`SALLYPORT_PG_PORT: port ${b} is taken by`)
  await expect(settled).rejects.toThrow(`(process ${process.pid})`)
})

it('does not mind who listens where nothing of ours does yet', async () => {
  const ssh = await take(0)
  expect((await settlePorts({ home, bind: '127.0.0.1', ports: { ...zeros, ssh } })).ports.ssh).toBe(ssh)
})
