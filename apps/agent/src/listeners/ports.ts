import type { Server } from 'node:net'
import { join } from 'node:path'
import { holderOf, readText, writePrivate } from '@sallyport/host'

/** A port of 0 is a free one, kept in the folder for the next start as long as it stays free. */
export interface Bindings {
  /** Listens and answers the port. Throws `PortTaken` for a named port that another process holds. */
  listen(name: string, server: Server, wanted: number): Promise<number>
}

export class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

export async function createBindings(folder: string, address: string): Promise<Bindings> {
  const file = join(folder, 'ports.json')
  const kept = await readKept(file)
  return {
    async listen(name, server, wanted) {
      if (wanted !== 0) {
        if (await bound(server, wanted, address)) return wanted
        throw new PortTaken(`${name}: port ${wanted} on ${address} is taken by ${holderOf(wanted)}`)
      }
      const before = kept.get(name)
      if (before !== undefined && (await bound(server, before, address))) return before
      await bound(server, 0, address)
      const port = portOf(server)
      kept.set(name, port)
      await writePrivate(file, JSON.stringify(Object.fromEntries(kept)))
      return port
    },
  }
}

async function readKept(file: string): Promise<Map<string, number>> {
  const kept = new Map<string, number>()
  try {
    for (const [name, port] of Object.entries(JSON.parse((await readText(file)) ?? '{}') as Record<string, unknown>)) {
      if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536) kept.set(name, port)
    }
  } catch {
    // A convenience that cannot be read is no reason not to start.
  }
  return kept
}

/** False when the port is taken; rejects for anything else. */
function bound(server: Server, port: number, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening)
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(new Error(`cannot listen on ${address}:${port}: ${error.message}`))
    }
    const listening = (): void => {
      server.off('error', failed)
      resolve(true)
    }
    server.once('error', failed)
    server.once('listening', listening)
    server.listen({ port, host: address, backlog: 511 })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
