import type { Lineage } from './lineage.js'

/**
 * What is known about one database of a target: enough to resolve every name of a statement the way the server will.
 * It must come from the live catalog, whole; a model with gaps makes statements unresolved, never harmless. Keys are
 * `qualifiedName(schema, name)`. A model is immutable; a changed catalog is a new model with another epoch.
 */
export interface TargetModel {
  /** Two models with the same epoch are the same model. */
  readonly epoch: string
  /** As `current_schemas(false)` gives it at the start of a session of the gateway's role: `$user` resolved, missing schemas left out. */
  readonly searchPath: readonly string[]
  /** Schemas that the role of the model may look names up in; absent in a model of an older build: any may be one. */
  readonly schemas?: readonly string[]
  /** `server_version_num`. */
  readonly serverVersion: number
  readonly relations: ReadonlyMap<string, RelationModel>
  /** All functions, procedures, aggregates and window functions, built-in ones too; overloads in one list. */
  readonly functions: ReadonlyMap<string, readonly FunctionModel[]>
  readonly types: ReadonlyMap<string, TypeModel>
  /** OIDs of user-defined types, arrays too, of which a value can be made without running code of users. */
  readonly plainTypes?: readonly number[]
  /** OIDs of user-defined base types, such as citext, whose values are written as text in both formats. */
  readonly textTypes?: readonly number[]
  /** User-defined operators only. */
  readonly operators: readonly OperatorModel[]
  /** User-defined casts that run a user-defined function. */
  readonly casts: readonly CastModel[]
}

export type RelationKind = 'table' | 'view' | 'matview' | 'partitioned' | 'foreign' | 'sequence'

export interface RelationModel {
  readonly oid: number
  readonly kind: RelationKind
  /** Made by initdb: part of PostgreSQL itself. */
  readonly system: boolean
  /** In order of `attnum`; dropped columns left out. */
  readonly columns: readonly ColumnModel[]
  /** Of a view or materialised view: every relation below it, through all views, itself excluded. */
  readonly reads?: readonly string[]
  /** Of a view: functions that it, or a view below it, calls, also by making values of a type; plain built-in ones left out. */
  readonly calls?: readonly string[]
  /** Of a view or materialised view: tells its definition from any other. */
  readonly definition?: string
  /** Inheritance and partitioning, all levels, nearest first. */
  readonly parents?: readonly string[]
  readonly children?: readonly string[]
  /** Events with a user-defined rewrite rule: they run more than the statement says. */
  readonly rules?: readonly ('insert' | 'update' | 'delete')[]
}

export interface ColumnModel {
  readonly name: string
  readonly attnum: number
  /** Key in `types`; an array has the key of its element and `[]`. */
  readonly type: string
  /**
   * Of a column of a view or materialised view, and of a generated column: the columns it shows (bare) or is computed from,
   * all on the way. Parents and children are not here: see `originsOf`. Absent with `kind` view or matview: not known, so any
   * column of what the view reads, and whatever the functions that it calls read.
   */
  readonly from?: Lineage
}

export interface FunctionModel {
  readonly oid: number
  /** Types of the input arguments in order, keys as in `ColumnModel.type`; the last one is the element of VARIADIC. */
  readonly args: readonly string[]
  /** How many of the last arguments have a default. */
  readonly defaults: number
  readonly variadic: boolean
  readonly volatility: 'i' | 's' | 'v'
  /** Function, procedure, aggregate, window function. */
  readonly kind: 'f' | 'p' | 'a' | 'w'
  /** Made by initdb. */
  readonly builtin: boolean
}

export interface TypeModel {
  readonly kind: 'base' | 'composite' | 'domain' | 'enum' | 'range' | 'multirange' | 'pseudo'
  readonly builtin: boolean
  /** Of a domain: the type below it. Of a range: its subtype. */
  readonly over?: string
  /** Of a free-standing composite type; a table's row type has the table's columns. */
  readonly fields?: readonly ColumnModel[]
  /** Functions in the checks of a domain, or of any domain within the type (element, field, column of the row); plain built-in ones left out. */
  readonly calls?: readonly string[]
}

export interface OperatorModel {
  readonly schema: string
  readonly name: string
  readonly left?: string
  readonly right: string
}

export interface CastModel {
  readonly source: string
  readonly target: string
  /** Explicit, in assignments, everywhere. */
  readonly context: 'e' | 'a' | 'i'
}

/**
 * `schema.name` as policies, touches and model keys spell it: raw, case kept; a part with a dot or a quote is quoted, so
 * that no two objects share a spelling.
 */
export function qualifiedName(...parts: readonly string[]): string {
  return parts.map((part) => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join('.')
}

type Json = Omit<TargetModel, 'relations' | 'functions' | 'types'> & {
  readonly relations: readonly (readonly [string, RelationModel])[]
  readonly functions: readonly (readonly [string, readonly FunctionModel[]])[]
  readonly types: readonly (readonly [string, TypeModel])[]
}

export function modelToJson(model: TargetModel): string {
  const json: Json = { ...model, relations: [...model.relations], functions: [...model.functions], types: [...model.types] }
  return JSON.stringify(json)
}

/** The reverse of `modelToJson`, for text that this build wrote; text of unknown origin must be validated before. */
export function modelFromJson(text: string): TargetModel {
  const json = JSON.parse(text) as Json
  return { ...json, relations: new Map(json.relations), functions: new Map(json.functions), types: new Map(json.types) }
}
