import { createHash } from 'node:crypto'
import type { TargetModel } from '@sallyport/sql'
import type { SideConnection } from '../backend/side.js'
import { buildModel } from './build.js'
import { type Catalog, fingerprint, queries, settings } from './catalog.js'

/** A model, and the mark of the catalog that it was made from. */
export interface Loaded {
  readonly model: TargetModel
  readonly fingerprint: string
}

/**
 * Reads the whole catalog in one snapshot. The epoch is the digest of what was read: the same catalog gives the same
 * epoch, on every agent and after every restart. Throws `SallyportError`.
 */
export async function loadModel(side: SideConnection): Promise<Loaded> {
  const hash = createHash('sha256')
  const parts: Record<string, unknown> = {}
  const read = async (name: string, text: string) => {
    const value = (await side.query(text))[0]?.[0] ?? '[]'
    hash.update(value)
    parts[name] = JSON.parse(value)
  }
  await read('settings', settings)
  await side.query('set search_path = pg_catalog')
  await side.query('begin isolation level repeatable read read only')
  const mark = await readFingerprint(side)
  for (const [name, text] of Object.entries(queries)) await read(name, text)
  await side.query('commit')
  return { model: buildModel(parts as unknown as Catalog, hash.digest('hex')), fingerprint: mark }
}

/** On a connection of its own, or inside `loadModel`. */
export async function readFingerprint(side: SideConnection): Promise<string> {
  return (await side.query(fingerprint))[0]?.[0] ?? ''
}
