import { gunzipSync } from 'node:zlib'
import type { Action } from '@sallyport/core'
import { protocols } from '@sallyport/registry'
import type { Prisma, Reader } from '../../db/index.js'

/** What a statement would do at a resource, seen with the eyes of its protocol and, where an agent has uploaded one, its target model. */
export interface Classified {
  readonly actions: readonly Action[]
  /** Of the target model; absent: none is known. */
  readonly epoch?: string
}

type ResourceRow = Prisma.ResourceGetPayload<object>

/** A model that unpacks to more is not looked at. */
const maxModelBytes = 256 * 1024 * 1024

export async function classify(db: Reader, resource: ResourceRow, statement: string): Promise<Classified> {
  const protocol = protocols.find(({ name }) => name === resource.protocol)
  if (protocol === undefined) throw new Error(`this build does not speak ${resource.protocol}`)
  const judge = await protocol.load.judge()
  const stored = await db.targetModel.findFirst({
    where: { resourceId: resource.id, ...database(resource) },
    orderBy: { uploadedAt: 'desc' },
  })
  if (stored === null) return { actions: await judge.actions(statement) }
  const model: unknown = JSON.parse(gunzipSync(stored.model, { maxOutputLength: maxModelBytes }).toString('utf8'))
  return { actions: await judge.actions(statement, model), epoch: String(stored.epoch) }
}

function database({ target }: ResourceRow): { readonly database?: string } {
  const name = (target as { readonly database?: unknown }).database
  return typeof name === 'string' ? { database: name } : {}
}
