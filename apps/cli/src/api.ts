/** REST as the commands need it: JSON in, JSON out, a problem document becomes a `Refused`. */
import type { Context } from './context.js'
import { Failure, Refused } from './failure.js'

export interface Api {
  get(path: string, query?: Query): Promise<unknown>
  send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

export type Query = Readonly<Record<string, string | undefined>>

const timeout = 30_000

/** `anonymous`: for the one call that is made before anybody is known. */
export function apiFor(context: Context, anonymous = false): Api {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const authorization = anonymous ? {} : { authorization: `Bearer ${(await context.token('api')).token}` }
    const answer = await fetch(new URL(path, context.url), {
      method,
      headers: { accept: 'application/json', ...authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeout),
    }).catch((error: unknown) => {
      throw new Failure(`the control plane does not answer at ${context.url}: ${reasonOf(error)}`)
    })
    const text = await answer.text()
    const parsed = parse(text)
    if (answer.ok) return parsed
    throw new Refused(
      answer.status,
      typeof parsed === 'object' && parsed !== null ? { ...parsed } : { title: `the server answered ${answer.status}` },
    )
  }
  return {
    get: (path, query = {}) => call('GET', withQuery(path, query)),
    send: (method, path, body) => call(method, path, body),
  }
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}

/** What went wrong below `fetch failed`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || cause.name : String(cause)
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new Failure('the answer is not JSON: is this a Sallyport control plane?')
  }
}

/** `items` of a list answer, whatever else it holds. */
export function itemsOf(answer: unknown): readonly Fields[] {
  if (typeof answer !== 'object' || answer === null || !('items' in answer) || !Array.isArray(answer.items)) return []
  return (answer.items as unknown[]).map(fieldsOf)
}

/** The entries of a list field; empty when it is none. */
export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as unknown[]).map(fieldsOf) : []
}

export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
