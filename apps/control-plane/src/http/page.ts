import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { invalid } from './problem.js'

/** Lists are newest first: ids sort by age, so the cursor is the last id seen. */
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: '`next_cursor` of the page before' })),
  },
  { additionalProperties: false },
)
export type PageQuery = Static<typeof PageQuery>

export function PageOf<T extends TSchema>(item: T, title: string) {
  return Type.Object({ items: Type.Array(item), next_cursor: Type.Union([Type.String(), Type.Null()]) }, { title })
}

export interface PageWindow {
  /** Spread into the `where` of a query. */
  readonly before: { readonly id?: { readonly lt: string } }
  /** One more than the page holds. */
  readonly take: number
}

export interface Page<T> {
  readonly items: T[]
  readonly next_cursor: string | null
}

export async function readPage<T extends { readonly id: string }>(
  query: PageQuery,
  find: (window: PageWindow) => Promise<readonly T[]>,
): Promise<Page<T>> {
  const limit = query.limit ?? 50
  const after = query.cursor === undefined ? undefined : decode(query.cursor)
  const rows = await find({ before: after === undefined ? {} : { id: { lt: after } }, take: limit + 1 })
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next_cursor: rows.length > limit && last !== undefined ? Buffer.from(last.id).toString('base64url') : null }
}

function decode(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!/^[a-z]{3}_[0-9a-z]{26}$/.test(id))
    throw invalid([{ path: '(querystring)/cursor', message: 'is not a cursor that this server gave out' }])
  return id
}
