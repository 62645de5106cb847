import type { Node, ResTarget, SubLink } from '@pgsql/types'
import { stringsOf } from './draft.js'

/**
 * The name PostgreSQL gives to an output column without AS (FigureColname in parse_target.c). `undefined` means that it
 * depends on more than the syntax; `?column?` is a name like any other.
 */
export function labelOf(target: ResTarget): string | undefined {
  if (target.name !== undefined) return target.name
  if (target.val === undefined) return undefined
  const figured = figure(target.val)
  return figured === 'open' ? undefined : (figured?.name ?? '?column?')
}

type Figured = { readonly name: string; readonly strong: boolean } | 'open' | undefined

const fixed: Readonly<Record<string, string>> = {
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
}

const byOperation: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
  SVFOP_CURRENT_CATALOG: 'current_catalog',
  SVFOP_CURRENT_SCHEMA: 'current_schema',
  IS_XMLCONCAT: 'xmlconcat',
  IS_XMLELEMENT: 'xmlelement',
  IS_XMLFOREST: 'xmlforest',
  IS_XMLPARSE: 'xmlparse',
  IS_XMLPI: 'xmlpi',
  IS_XMLROOT: 'xmlroot',
  IS_XMLSERIALIZE: 'xmlserialize',
  IS_GREATEST: 'greatest',
  IS_LEAST: 'least',
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
}

function strong(name: string | undefined): Figured {
  return name === undefined ? undefined : { name, strong: true }
}

function figure(node: Node): Figured {
  if ('ColumnRef' in node) return strong(stringsOf(node.ColumnRef.fields).at(-1))
  if ('FuncCall' in node) return strong(stringsOf(node.FuncCall.funcname).at(-1))
  if ('A_Indirection' in node) {
    const field = stringsOf(node.A_Indirection.indirection).at(-1)
    return field === undefined && node.A_Indirection.arg !== undefined ? figure(node.A_Indirection.arg) : strong(field)
  }
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined
  if ('CollateClause' in node) return node.CollateClause.arg === undefined ? undefined : figure(node.CollateClause.arg)
  if ('TypeCast' in node) return weak(node.TypeCast.arg, stringsOf(node.TypeCast.typeName?.names).at(-1))
  if ('CaseExpr' in node) return weak(node.CaseExpr.defresult, 'case')
  if ('SubLink' in node) return figureSubLink(node.SubLink)
  if ('SQLValueFunction' in node) return strong(byOperation[node.SQLValueFunction.op ?? ''])
  if ('XmlExpr' in node) return strong(byOperation[node.XmlExpr.op ?? ''])
  if ('MinMaxExpr' in node) return strong(byOperation[node.MinMaxExpr.op ?? ''])
  if ('JsonFuncExpr' in node) return strong(byOperation[node.JsonFuncExpr.op ?? ''])
  return strong(fixed[Object.keys(node)[0] ?? ''])
}

function weak(inner: Node | undefined, name: string | undefined): Figured {
  const figured = inner === undefined ? undefined : figure(inner)
  if (figured === 'open' || figured?.strong) return figured
  return name === undefined ? figured : { name, strong: false }
}

function figureSubLink(link: SubLink): Figured {
  if (link.subLinkType === 'EXISTS_SUBLINK') return strong('exists')
  if (link.subLinkType === 'ARRAY_SUBLINK') return strong('array')
  if (link.subLinkType !== 'EXPR_SUBLINK') return undefined
  const query = link.subselect !== undefined && 'SelectStmt' in link.subselect ? link.subselect.SelectStmt : undefined
  const first = query?.targetList?.[0]
  if (first === undefined || !('ResTarget' in first)) return 'open'
  const val = first.ResTarget.val
  const isStar = val !== undefined && 'ColumnRef' in val && val.ColumnRef.fields?.some((field) => 'A_Star' in field)
  if (isStar === true) return 'open'
  const label = labelOf(first.ResTarget)
  return label === undefined ? 'open' : strong(label)
}
