import type { Names } from './names.js'

const texts: ReadonlySet<string> = new Set(['pg_catalog.text', 'pg_catalog.varchar'])

/**
 * Whether a cast surely shows what is stored, character by character: to the type that the column has, to the one below its
 * domain, and between `text` and `varchar` without a length. `bpchar` loses blanks, and all others spell values anew.
 */
export function keepsValue(names: Names, from: string, to: string | undefined): boolean {
  for (let type: string | undefined = from; type !== undefined && type !== ''; type = names.model.types.get(type)?.over) {
    if (type === to || (to !== undefined && texts.has(type) && texts.has(to))) return true
    if (names.model.types.get(type)?.kind !== 'domain') return false
  }
  return false
}
