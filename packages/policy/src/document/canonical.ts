import { createHash } from 'node:crypto'
import type { Problem } from '../problem.js'

const maxNodes = 20_000
const maxDepth = 16
const maxBytes = 256 * 1024

export type Canonical =
  | { readonly ok: true; readonly value: unknown; readonly hash: string }
  | { readonly ok: false; readonly problem: Problem }

/**
 * Copies a document into plain JSON with sorted keys, within limits that hold before anything else looks at it: a YAML
 * alias tree of a few lines can otherwise stand for gigabytes. The hash is SHA-256 in hex over that JSON in UTF-8.
 */
export function canonical(document: unknown): Canonical {
  const budget = { nodes: maxNodes, problem: undefined as Problem | undefined }
  const value = copy(document, { path: '', depth: 0 }, budget)
  if (budget.problem) return { ok: false, problem: budget.problem }
  const json = JSON.stringify(value)
  if (Buffer.byteLength(json) > maxBytes) return { ok: false, problem: { path: '', message: `is larger than ${maxBytes} bytes` } }
  return { ok: true, value, hash: createHash('sha256').update(json).digest('hex') }
}

interface Place {
  readonly path: string
  readonly depth: number
}

interface Budget {
  nodes: number
  problem: Problem | undefined
}

function copy(value: unknown, at: Place, budget: Budget): unknown {
  const fail = (message: string) => {
    budget.problem ??= { path: at.path, message }
    return null
  }
  if (budget.problem) return null
  if (--budget.nodes < 0) return fail(`the document holds more than ${maxNodes} values`)
  if (at.depth > maxDepth) return fail(`is nested deeper than ${maxDepth}`)
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : fail('must be a finite number')
  if (Array.isArray(value)) return value.map((item, i) => copy(item, { path: `${at.path}/${i}`, depth: at.depth + 1 }, budget))
  if (typeof value !== 'object') return fail(`cannot hold a ${typeof value}`)
  if (!isPlain(value)) return fail('must be plain JSON')
  const out: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key]
    if (item !== undefined) out[key] = copy(item, { path: `${at.path}/${pointer(key)}`, depth: at.depth + 1 }, budget)
  }
  return out
}

/** Dates and the like, which YAML makes unasked, have no one JSON form. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** One step of a JSON pointer (RFC 6901). */
function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
