import { celEnv, isCelError, parse, plan } from '@bufbuild/cel'

/**
 * Where a principal's parts come from: the name of a claim (`groups`, `realm_access.roles`, `https://corp.example/team`)
 * or a CEL expression over `claims`. What the token lacks is undefined; what cannot be evaluated throws, and the token is
 * refused: an expression over claims that may be missing, as an actor's mostly are, asks `has()` first.
 */
export interface Mapping {
  readonly text: string
  read(claims: Readonly<Record<string, unknown>>): unknown
}

const maxLength = 500
const environment = celEnv()

/** A claim's name, or a path of them; everything else, and what begins with `claims`, is CEL. */
const claimName = /^[A-Za-z0-9_:/.@-]{1,200}$/

export function parseMapping(text: string): Mapping | { readonly problem: string } {
  if (text.length === 0 || text.length > maxLength) return { problem: `must be 1 to ${maxLength} characters` }
  if (claimName.test(text) && !text.startsWith('claims.')) return { text, read: (claims) => readClaim(claims, text) }
  try {
    const { expr } = parse(text)
    const problem = check(expr)
    if (problem !== undefined) return { problem }
    const run = plan(environment, expr)
    return {
      text,
      read(claims) {
        const result: unknown = run({ claims } as Parameters<typeof run>[0])
        if (isCelError(result)) throw new Error(result.message)
        return plainValue(result)
      },
    }
  } catch (error) {
    return {
      problem: `is neither a claim's name nor valid CEL: ${error instanceof Error ? error.message.slice(0, 200) : 'it cannot be parsed'}`,
    }
  }
}

function readClaim(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name] ?? undefined
  let value: unknown = claims
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[step]
  }
  return value ?? undefined
}

/** CEL's lists become arrays; its null is "the token lacks it". */
function plainValue(value: unknown): unknown {
  if (value === null) return undefined
  if (typeof value === 'object' && Symbol.iterator in value && !(value instanceof Uint8Array)) return [...(value as Iterable<unknown>)]
  return value
}

/** Only `claims` exists, and a loop inside a loop is refused: nobody's token may decide how long we think. */
function check(expression: unknown): string | undefined {
  const found = { names: new Set<string>(), own: new Set<string>(), depth: 0 }
  walk(expression, 0, found)
  const stranger = [...found.names].find((name) => name !== 'claims' && !found.own.has(name) && !typeNames.has(name))
  if (stranger !== undefined) return `names ${stranger}; only claims exists here`
  return found.depth > 1 ? 'has a loop inside a loop' : undefined
}

const typeNames = new Set(['bool', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'])

interface Found {
  readonly names: Set<string>
  /** Variables of loops. */
  readonly own: Set<string>
  depth: number
}

function walk(node: unknown, depth: number, found: Found): void {
  if (Array.isArray(node)) return node.forEach((item) => walk(item, depth, found))
  if (typeof node !== 'object' || node === null) return
  const { case: kind, value } = node as { case?: unknown; value?: { name?: string; iterVar?: string; iterVar2?: string; accuVar?: string } }
  const loop = kind === 'comprehensionExpr'
  if (kind === 'identExpr' && value?.name !== undefined) found.names.add(value.name)
  if (loop) for (const name of [value?.iterVar, value?.iterVar2, value?.accuVar]) if (name) found.own.add(name)
  const inside = loop ? depth + 1 : depth
  found.depth = Math.max(found.depth, inside)
  for (const child of Object.values(node)) walk(child, inside, found)
}
