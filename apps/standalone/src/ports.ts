/**
 * The port of every listener, settled before anything starts: children are told numbers, never 0. A named port that is
 * taken is an error; a port of 0 is a free one, kept for the next start of the same home as long as it stays free.
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { holderOf, writePrivate } from '@sallyport/host'
import { type Config, type PortName, portVariables, variableOf } from './config.js'
import { readRecord } from './files.js'

/** `database` is the embedded PostgreSQL's: always picked, for nobody from outside needs it. */
export type Ports = Readonly<Record<PortName | 'database', number>>

export interface Settled {
  readonly ports: Ports
  /** Those that were picked, for the person at the terminal. */
  readonly picked: readonly (keyof Ports)[]
}

/** Throws one error that names every taken port and its holder. */
export async function settlePorts(config: Pick<Config, 'home' | 'bind' | 'ports'>): Promise<Settled> {
  const file = join(config.home, 'ports.json')
  const kept = await readRecord(file)
  const ports: Partial<Record<keyof Ports, number>> = {}
  const problems: string[] = []
  const picked: (keyof Ports)[] = []
  for (const name of [...(Object.keys(portVariables) as PortName[]), 'database'] as const) {
    const address = name === 'issuer' || name === 'database' ? '127.0.0.1' : config.bind
    const asked = name === 'database' ? 0 : config.ports[name]
    const used = Object.values(ports)
    if (asked !== 0) {
      ports[name] = asked
      if (!isIdle(name) && !(await isFree(asked, address)))
        problems.push(`${variableOf(name)}: port ${asked} is taken by ${holderOf(asked)}`)
      continue
    }
    picked.push(name)
    const before = kept[name]
    const again = typeof before === 'number' && !used.includes(before) && (await isFree(before, address))
    ports[name] = again ? before : await pick(address, [...used, ...Object.values(config.ports)])
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  await writePrivate(file, JSON.stringify({ ...kept, ...Object.fromEntries(picked.map((name) => [name, ports[name]])) }))
  return { ports: ports as Ports, picked }
}

function isIdle(name: keyof Ports): boolean {
  return name !== 'database' && portVariables[name].idle === true
}

/** Below the range from which systems take the ports of outgoing connections: a kept port should be free next time. */
async function pick(address: string, taken: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(20_000, 32_000)
    if (!taken.includes(port) && (await isFree(port, address))) return port
  }
  throw new Error(`no free port found on ${address}`)
}

function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(new Error(`cannot listen on ${address}:${port}: ${error.message}`))
    })
    probe.listen(port, address, () => probe.close(() => resolve(true)))
  })
}
