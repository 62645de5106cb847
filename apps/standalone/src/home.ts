/** Where everything of one standalone lies. Nothing in it is meant for anybody but its owner. */
import { chmod, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writePrivate } from '@sallyport/host'
import { readJson } from './files.js'

export interface Home {
  readonly root: string
  readonly ready: string
  readonly postgres: string
  /** Passwords and the master key. */
  readonly keys: string
  /** Where the control plane leaves the first claim and the first join token. */
  readonly bootstrap: string
  readonly agent: string
  readonly demo: string
  readonly logs: string
}

export async function openHome(root: string): Promise<Home> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  const { uid } = await stat(root)
  const us = process.getuid?.()
  if (us !== undefined && uid !== us)
    throw new Error(`${root} belongs to another user (${uid}): choose a home of your own with SALLYPORT_HOME`)
  // As root PostgreSQL runs under another account, which must be able to pass through, and sees nothing on its way.
  await chmod(root, us === 0 ? 0o711 : 0o700)
  const home: Home = {
    root,
    ready: join(root, 'ready.json'),
    postgres: join(root, 'postgres'),
    keys: join(root, 'keys'),
    bootstrap: join(root, 'bootstrap'),
    agent: join(root, 'agent'),
    demo: join(root, 'demo'),
    logs: join(root, 'logs'),
  }
  for (const folder of [home.keys, home.bootstrap, home.agent, home.demo, home.logs]) await mkdir(folder, { mode: 0o700, recursive: true })
  return home
}

/** Shape of `ready.json`; scripts rely on it. */
export interface Ready {
  readonly http: string
  readonly grpc: string
  readonly postgres: Endpoint
  readonly ssh: Endpoint
  readonly web: Endpoint
  readonly admin: string
  readonly issuer: string
  /** Path of the certificate of the authority that signs the listeners' certificates. */
  readonly ca: string
  /** The same for REST, where its certificate is of an authority of our own. */
  readonly http_ca?: string
  readonly pids: Readonly<Record<string, number>>
}

export interface Endpoint {
  readonly host: string
  readonly port: number
}

export async function writeReady(home: Home, ready: Ready): Promise<void> {
  await writePrivate(home.ready, `${JSON.stringify(ready, null, 2)}\n`)
}

export async function removeReady(home: Home): Promise<void> {
  await rm(home.ready, { force: true })
}

/** Where the instance that holds the lock answers; undefined while it is still starting. */
export async function runningAddress(home: Home): Promise<string | undefined> {
  const ready = await readJson(home.ready).catch(() => undefined)
  return typeof ready === 'object' && ready !== null && 'http' in ready && typeof ready.http === 'string' ? ready.http : undefined
}
