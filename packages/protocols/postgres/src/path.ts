import type { TargetModel } from '@sallyport/sql'

/**
 * A `search_path` as the server reads it (src/backend/catalog/namespace.c): which schemas are really looked in. A caller
 * must resolve it again for another model: schemas come and go, and so do rights to use them.
 */
export type SearchPath = readonly string[]

/** The setting's value, split (src/backend/utils/adt/varlena.c, SplitIdentifierString); undefined for what no server accepts. */
export function parseSearchPath(value: string): SearchPath | undefined {
  if (value.trim() === '') return []
  const schemas: string[] = []
  const one = /\s*(?:"((?:[^"]|"")*)"|([^\s,"]+))\s*(,|$)/y
  for (let more = true; more;) {
    const [, quoted, plain, end] = one.exec(value) ?? []
    const schema = quoted?.replaceAll('""', '"') ?? plain?.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    if (schema === undefined) return undefined
    schemas.push(schema)
    more = end === ','
  }
  return schemas
}

/** What of a path counts: `$user` by its name, no schema that is not there or that the role may not use, each one once. */
export function usableSearchPath(path: SearchPath, role: string, { schemas }: TargetModel): SearchPath {
  const named = path.map((schema) => (schema === '$user' ? role : schema))
  return [...new Set(named.filter((schema) => schema === 'pg_temp' || schemas === undefined || schemas.includes(schema)))]
}
