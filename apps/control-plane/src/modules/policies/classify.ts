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

type Judge = Awaited<ReturnType<(typeof protocols)[number]['load']['judge']>>
type ResourceRow = Prisma.ResourceGetPayload<object>

/** A model that unpacks to more is not looked at. */
const maxModelBytes = 256 * 1024 * 1024

export type Classify = (resource: ResourceRow, statement: string) => Promise<Classified>

/** Judges are loaded when first needed and kept: each holds a parser in a thread of its own. */
export function createClassifier(db: Reader): Classify {
  const judges = new Map<string, Promise<Judge>>()
  const judgeFor = (name: string): Promise<Judge> => {
    const protocol = protocols.find((known) => known.name === name)
    if (protocol === undefined) throw new Error(`this build does not speak ${name}`)
    const judge = judges.get(name) ?? protocol.load.judge()
    judges.set(name, judge)
    return judge
  }
  return async (resource, statement) => {
    const judge = await judgeFor(resource.protocol)
    const where = { resourceId: resource.id, ...database(resource) }
    const stored = await db.targetModel.findFirst({ where, orderBy: { uploadedAt: 'desc' } })
    if (stored === null) return { actions: await judge.actions(statement) }
    const model = gunzipSync(stored.model, { maxOutputLength: maxModelBytes }).toString('utf8')
    return { actions: await judge.actions(statement, model), epoch: stored.epoch }
  }
}

function database({ target }: ResourceRow): { readonly database?: string } {
  const name = (target as { readonly database?: unknown }).database
  return typeof name === 'string' ? { database: name } : {}
}
