import { setImmediate } from 'node:timers/promises'
import type { TargetModel } from '@sallyport/sql'
import type { SideConnection } from '../backend/side.js'
import { type DefinitionRow, trees, type TreeRow } from './catalog.js'
import { type Definition, readDefinition } from './lineage.js'

/**
 * What was read of the definitions of views, by the digest of the tree: a tree says the same for ever, so that only those
 * that are new must be fetched. A view that is not here is not understood, or over a limit: its columns may show anything.
 */
export type Definitions = ReadonlyMap<string, Definition>

/** Characters of one tree, of all trees of a database, and of those that are fetched at once. */
const most = { tree: 256 * 1024, all: 96 << 20, page: 512 * 1024 } as const

const known = new WeakMap<TargetModel, Definitions>()

/** Remembered with the model that they went into. */
export function keepDefinitions(model: TargetModel, definitions: Definitions): TargetModel {
  known.set(model, definitions)
  return model
}

export function definitionsOf(model: TargetModel | undefined): Definitions {
  return (model && known.get(model)) ?? new Map()
}

/** On a connection inside the transaction in which `rows` were read. Throws `SallyportError`. */
export async function fetchDefinitions(side: SideConnection, rows: readonly DefinitionRow[], before: Definitions): Promise<Definitions> {
  const found = new Map<string, Definition>()
  let page: number[] = []
  let size = 0
  const fetchPage = async () => {
    const text = page.length > 0 ? (await side.query(trees(page)))[0]?.[0] : undefined
    for (const [digest, definition] of readTrees(text ? (JSON.parse(text) as TreeRow[]) : [])) found.set(digest, definition)
    page = []
    size = 0
    // Others have their turn between pages.
    await setImmediate()
  }
  for (const [view, digest, length] of affordable(rows)) {
    const had = before.get(digest)
    if (had) found.set(digest, had)
    else {
      page.push(view)
      size += length
    }
    if (size >= most.page) await fetchPage()
  }
  await fetchPage()
  return found
}

/** In the order of OIDs, so that the same catalog always affords the same. */
function affordable(rows: readonly DefinitionRow[]): readonly DefinitionRow[] {
  let all = 0
  return rows.filter(([, , length]) => length <= most.tree && (all += length) <= most.all)
}

/** Without those that are not understood. */
export function readTrees(rows: readonly TreeRow[]): readonly (readonly [digest: string, definition: Definition])[] {
  return rows.flatMap(([digest, tree, depends]) => {
    try {
      return tree.length > most.tree ? [] : [[digest, readDefinition(tree, depends)] as const]
    } catch {
      return []
    }
  })
}
