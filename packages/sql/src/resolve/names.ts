import type { FunctionModel, RelationModel, TargetModel, TypeModel } from '../model.js'
import { qualifiedName } from '../model.js'
import type { Name } from '../outline/outline.js'

/** Name resolution as the server does it, over one model and one search path. */
export interface Names {
  readonly model: TargetModel
  relation(name: Name): Found<RelationModel> | undefined
  type(name: Name): Found<TypeModel> | undefined
  /** Every function of that name that could be meant with so many arguments, wherever it is visible. */
  functions(name: Name, args: number): readonly Found<FunctionModel>[]
  /** Whether an unqualified name is looked for in a schema. */
  visible(schema: string): boolean
  /** Where an unqualified new object goes. */
  creationSchema: string
}

export interface Found<T> {
  /** `schema.name`. */
  readonly key: string
  readonly schema: string
  readonly value: T
}

export function createNames(model: TargetModel, searchPath: readonly string[]): Names {
  const listed = searchPath.filter((schema) => schema !== 'pg_temp')
  // pg_catalog comes first unless the path says where it comes.
  const path = listed.includes('pg_catalog') ? listed : ['pg_catalog', ...listed]
  // Relations and types of the session come before all others unless the path says where; functions are never looked for there.
  const withTemporary = !searchPath.includes('pg_temp')
    ? ['pg_temp', ...path]
    : searchPath.includes('pg_catalog')
      ? searchPath
      : ['pg_catalog', ...searchPath]
  const relations = new Map<string, Found<RelationModel> | undefined>()
  const schemasOf = (name: Name, unqualified: readonly string[]): readonly string[] => (name.length > 1 ? [name.at(-2)!] : unqualified)

  const lookUp = <T>(name: Name, from: ReadonlyMap<string, T>): Found<T> | undefined => {
    for (const schema of schemasOf(name, withTemporary)) {
      const key = qualifiedName(schema, name.at(-1) ?? '')
      const value = from.get(key)
      if (value !== undefined) return { key, schema, value }
    }
    return undefined
  }

  return {
    model,
    creationSchema: listed.find((schema) => schema !== 'pg_catalog') ?? 'public',
    visible: (schema) => path.includes(schema),
    relation(name) {
      const spelled = name.join('\0')
      const known = relations.get(spelled)
      if (known !== undefined || relations.has(spelled)) return known
      const found = lookUp(name, model.relations)
      relations.set(spelled, found)
      return found
    },
    type: (name) => lookUp(name, model.types) ?? arrayType(name, (element) => lookUp(element, model.types)),
    functions: (name, args) =>
      schemasOf(name, path).flatMap((schema) => {
        const key = qualifiedName(schema, name.at(-1) ?? '')
        return (model.functions.get(key) ?? []).filter((value) => takes(value, args)).map((value) => ({ key, schema, value }))
      }),
  }
}

/** PostgreSQL names the array type of `x` `_x`. */
function arrayType(name: Name, find: (name: Name) => Found<TypeModel> | undefined): Found<TypeModel> | undefined {
  const last = name.at(-1) ?? ''
  return last.startsWith('_') ? find([...name.slice(0, -1), last.slice(1)]) : undefined
}

function takes(candidate: FunctionModel, args: number): boolean {
  const required = candidate.args.length - candidate.defaults
  return candidate.variadic ? args >= required - 1 : args >= required && args <= candidate.args.length
}
