import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBindings, PortTaken } from './ports.js'

let folder = ''
const servers: Server[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ports '))
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await rm(folder, { recursive: true, force: true })
})

function server(): Server {
  const made = createServer()
  servers.push(made)
  return made
}

describe('ports', () => {
  it('are picked where none is named, and the same again at the next start', async () => {
    const first = server()
    const port = await (await createBindings(folder, '127.0.0.1')).listen('door', first, 0)
    expect(port).toBeGreaterThan(0)
    await new Promise((resolve) => first.close(resolve))
    expect(await (await createBindings(folder, '127.0.0.1')).listen('door', server(), 0)).toBe(port)
  })

  it('are picked anew when the kept one is taken, or cannot be read', async () => {
    const bindings = await createBindings(folder, '127.0.0.1')
    const port = await bindings.listen('door', server(), 0)
    expect(await (await createBindings(folder, '127.0.0.1')).listen('door', server(), 0)).not.toBe(port)
    await writeFile(join(folder, 'ports.json'), '{"door":')
    expect(await (await createBindings(folder, '127.0.0.1')).listen('door', server(), 0)).toBeGreaterThan(0)
  })

  it('that are named and taken are an error that names the holder', async () => {
    const bindings = await createBindings(folder, '127.0.0.1')
    const port = await bindings.listen('door', server(), 0)
    const refused = bindings.listen('postgres', server(), port)
    await expect(refused).rejects.toThrow(PortTaken)
    await expect(refused).rejects.toThrow(`postgres: port ${port} on 127.0.0.1 is taken by`)
    await expect(refused).rejects.toThrow(`(process ${process.pid})`)
  })

  it('on an address that is not ours are an error', async () => {
    await expect((await createBindings(folder, '192.0.2.1')).listen('door', server(), 0)).rejects.toThrow('cannot listen')
  })
})
