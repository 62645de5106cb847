/** REST as the commands need it: answers as data, problems as errors, lists whole. */
import { type Client, createClient } from '@sallyport/client'
import type { Context } from './context.js'

export type Api = Client

/** `anonymous`: for the one call that is made before anybody is known. */
export function apiFor(context: Context, anonymous = false): Api {
  const { url: baseUrl, ca } = context
  const door = { baseUrl, ...(ca !== undefined && { ca }) }
  return createClient(anonymous ? door : { ...door, token: async () => (await context.token('api')).token })
}

interface Page<T> {
  readonly items: readonly T[]
  readonly next_cursor: string | null
}

export interface PageQuery {
  readonly limit: number
  readonly cursor?: string
}

/** Follows `next_cursor` to the end. */
export async function everyPage<T>(ask: (query: PageQuery) => Promise<Page<T>>): Promise<{ readonly items: readonly T[] }> {
  const items: T[] = []
  let cursor: string | null | undefined
  do {
    const page = await ask({ limit: 100, ...(cursor && { cursor }) })
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return { items }
}
