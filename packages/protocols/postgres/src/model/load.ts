import { createHash } from 'node:crypto'
import type { TargetModel } from '@sallyport/sql'
import type { SideConnection } from '../backend/side.js'
import { buildModel } from './build.js'
import { definitionsOf, fetchDefinitions, keepDefinitions } from './definitions.js'
import { type Catalog, fingerprint, queries, settings } from './catalog.js'

/** A model, and the mark of the catalog that it was made from. */
export interface Loaded {
  readonly model: TargetModel
  readonly fingerprint: string
}

/** What a model is besides its catalog: another one where this build makes more, or something else, of the same catalog. */
const reading = 'views by their trees'

/**
 * Reads the whole catalog in one snapshot. The epoch is the digest of what was read: the same catalog gives the same
 * epoch, on every agent and after every restart. What was read of views for the model `before` is not read again. Throws
 * `SallyportError`.
 */
export async function loadModel(side: SideConnection, before?: TargetModel): Promise<Loaded> {
  const hash = createHash('sha256').update(reading)
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
  const catalog = parts as unknown as Catalog
  const definitions = await fetchDefinitions(side, catalog.definitions, definitionsOf(before))
  await side.query('commit')
  const model = keepDefinitions(buildModel(catalog, hash.digest('hex'), definitions), definitions)
  return { model, fingerprint: mark }
}

/** On a connection of its own, or inside `loadModel`. */
export async function readFingerprint(side: SideConnection): Promise<string> {
  return (await side.query(fingerprint))[0]?.[0] ?? ''
}
