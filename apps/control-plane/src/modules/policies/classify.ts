import { gunzipSync } from 'node:zlib'
import { protocols } from '@sallyport/registry'
import type { Prisma, Reader } from '../../db/index.js'

/** What a statement would do at a resource, seen with the eyes of its protocol and, where an agent has uploaded one, its target model. */
export interface Classified extends Judged {
  /** Of the target model; absent: none is known. */
  readonly epoch?: string
}

type Judge = Awaited<ReturnType<(typeof protocols)[number]['load']['judge']>>
type Eyes = Parameters<Judge['judge']>[1]
type Judged = Awaited<ReturnType<Judge['judge']>>
type ResourceRow = Prisma.ResourceGetPayload<object>

/** A model that unpacks to more is not looked at. */
const maxModelBytes = 256 * 1024 * 1024

/** What the caller brings along. Throws `SallyportError` where the resource has no such database, or cannot be judged. */
export type Classify = (resource: ResourceRow, statement: string, asked?: Pick<Eyes, 'database' | 'masks'>) => Promise<Classified>

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
  return async (resource, statement, asked = {}) => {
    const judge = await judgeFor(resource.protocol)
    const target = resource.target as Readonly<Record<string, unknown>>
    const database = asked.database ?? target['database']
    const where = { resourceId: resource.id, ...(typeof database === 'string' && { database }) }
    const stored = await db.targetModel.findFirst({ where, orderBy: { uploadedAt: 'desc' } })
    if (stored === null) return judge.judge(statement, { target, ...asked })
    const model = gunzipSync(stored.model, { maxOutputLength: maxModelBytes }).toString('utf8')
    return { ...(await judge.judge(statement, { target, model, ...asked })), epoch: stored.epoch }
  }
}
