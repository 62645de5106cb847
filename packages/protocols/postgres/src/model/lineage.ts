import { lineageOf } from './expression.js'
import { asList, asNode, isNode, listOf, type Node, nodeOf, numberOf, readNodes, type Value } from './nodes.js'
import { anything, type Common, computed, type Lineage, nothing, type Reading, type Scope, stored, union } from './sources.js'

/**
 * Where the columns of one view come from, one level down: read from the tree that the server runs, in which every name is
 * resolved already, so that neither search path nor spelling plays a part, and nothing must be locked to read it. Columns
 * are told as `relid.attnum`; attnum 0 is the whole row.
 */
export interface Definition {
  /** By position; `unknown`: a function of users is part of it, which may read whatever it likes. */
  readonly columns: readonly (Source | 'unknown')[]
}

export interface Source {
  /** The value is one of these as it is stored. */
  readonly bare: readonly string[]
  /** It is computed from these, or these decide on it. What only decides on rows is not here. */
  readonly derived: readonly string[]
}

/**
 * `depends` names the columns that pg_depend knows the view to use. One that the tree was not seen to use was overlooked
 * here, so every column of the view counts as derived from it. Throws for a tree that is not understood.
 */
export function readDefinition(tree: string, depends: readonly string[]): Definition {
  const rule = asList(readNodes(tree))
  if (rule.length !== 1) throw new Error('a view is one query')
  const seen = new Set<string>()
  const scope = open(asNode(rule[0], 'QUERY'), undefined, { seen, scopes: new Map() })
  const outputs = scope.outputs()
  scope.deciders()
  const overlooked = depends.filter((column) => !seen.has(column) && !seen.has(column.replace(/\..*/, '.0')))
  return {
    columns: outputs.map(({ bare, derived }) =>
      derived.has(anything) ? 'unknown' : { bare: [...bare], derived: [...derived, ...overlooked] },
    ),
  }
}

function open(query: Node, outer: Scope | undefined, reading: Reading): Scope {
  if (numberOf(query, 'commandType') !== 1) throw new Error('it is no SELECT')
  const range = listOf(query, 'rtable').map((entry) => asNode(entry, 'RANGETBLENTRY'))
  const targets = listOf(query, 'targetList').map((target) => asNode(target, 'TARGETENTRY'))
  const commons = new Map<Node, Common>()
  const lineage = (value: Value | undefined): Lineage => lineageOf(value, scope)
  let outputs: readonly Lineage[] | undefined
  let deciders: Lineage | undefined

  function commonAt(cte: Node): Common {
    const known = commons.get(cte) ?? createCommon(cte, scope)
    commons.set(cte, known)
    return known
  }

  const scope: Scope = {
    outer,
    reading,
    below(inner) {
      const made = reading.scopes.get(inner) ?? open(inner, scope, reading)
      reading.scopes.set(inner, made)
      return made
    },
    outputs: () => (outputs ??= outputsOf(query, targets, scope)),
    deciders() {
      deciders ??= computed([
        ...deciding.map((field) => lineage(query.fields.get(field))),
        ...targets.filter(isJunk).map(lineage),
        ...range.map((entry) => decidersOf(entry, scope)),
        ...listOf(query, 'cteList').map((cte) => commonAt(asNode(cte, 'COMMONTABLEEXPR')).deciders()),
      ])
      return deciders
    },
    column: (varno, attnum) => columnOf(asNode(range[varno - 1], 'RANGETBLENTRY'), attnum, scope),
    common(name) {
      const cte = listOf(query, 'cteList').find((one) => asNode(one, 'COMMONTABLEEXPR').fields.get('ctename') === name)
      return isNode(cte) ? commonAt(cte) : undefined
    },
    window(ref) {
      const clause = listOf(query, 'windowClause').find((one) => numberOf(asNode(one, 'WINDOWCLAUSE'), 'winref') === ref)
      const window = asNode(clause, 'WINDOWCLAUSE')
      const keys = [...listOf(window, 'partitionClause'), ...listOf(window, 'orderClause')].map((key) =>
        numberOf(asNode(key, 'SORTGROUPCLAUSE'), 'tleSortGroupRef'),
      )
      const sorted = targets.filter((target) => keys.includes(numberOf(target, 'ressortgroupref')))
      return computed([...sorted.map(lineage), lineage(window.fields.get('startOffset')), lineage(window.fields.get('endOffset'))])
    },
  }
  return scope
}

/** Fields of a query that tell which rows there are, and in which order. */
const deciding = ['jointree', 'havingQual', 'limitOffset', 'limitCount', 'windowClause'] as const

function isJunk(target: Node): boolean {
  return target.fields.get('resjunk') === 'true'
}

/** The target list of a set operation knows its first branch only. */
function outputsOf(query: Node, targets: readonly Node[], scope: Scope): readonly Lineage[] {
  const branches = branchesOf(query.fields.get('setOperations'))
  return targets
    .filter((target) => !isJunk(target))
    .map((target) => {
      const at = numberOf(target, 'resno')
      return union([lineageOf(target, scope), ...branches.map((varno) => scope.column(varno, at))])
    })
}

function branchesOf(operation: Value | undefined): readonly number[] {
  if (!isNode(operation)) return []
  if (operation.type === 'RANGETBLREF') return [numberOf(operation, 'rtindex')]
  const { type, fields } = asNode(operation, 'SETOPERATIONSTMT')
  return type === operation.type ? [...branchesOf(fields.get('larg')), ...branchesOf(fields.get('rarg'))] : []
}

/** `rtekind` (src/include/nodes/parsenodes.h). */
const kinds = ['relation', 'subquery', 'join', 'function', 'tablefunc', 'values', 'cte', 'tuplestore', 'result', 'group'] as const

function columnOf(entry: Node, attnum: number, scope: Scope): Lineage {
  const kind = kinds[numberOf(entry, 'rtekind')]
  const lineage = (value: Value | undefined) => lineageOf(value, scope)
  if (kind === 'relation') return stored(numberOf(entry, 'relid'), attnum, scope.reading.seen)
  if (attnum < 0) return nothing
  switch (kind) {
    case 'subquery':
      return pick(scope.below(nodeOf(entry, 'subquery')).outputs(), attnum)
    case 'cte':
      return pick(commonOf(entry, scope).outputs(), attnum)
    case 'join':
      return pickFrom(listOf(entry, 'joinaliasvars'), attnum, scope)
    case 'group':
      return pickFrom(listOf(entry, 'groupexprs'), attnum, scope)
    case 'values':
      return union(listOf(entry, 'values_lists').map((row) => pickFrom(asList(row), attnum, scope)))
    case 'function':
      return computed([lineage(entry.fields.get('functions'))])
    case 'tablefunc':
      return computed([lineage(entry.fields.get('tablefunc'))])
    case 'tuplestore':
    case 'result':
    case undefined:
      throw new Error(`columns of ${kind ?? 'an unknown kind of source'} are not followed`)
    default:
      return kind satisfies never
  }
}

function pick(columns: readonly Lineage[], attnum: number): Lineage {
  if (attnum === 0) return computed(columns)
  const found = columns[attnum - 1]
  if (!found) throw new Error('a column is not there')
  return found
}

function pickFrom(values: readonly Value[], attnum: number, scope: Scope): Lineage {
  if (attnum === 0) return computed(values.map((value) => lineageOf(value, scope)))
  if (values.length < attnum) throw new Error('a column is not there')
  return lineageOf(values[attnum - 1], scope)
}

/** What a source lets through, or makes, whether its columns are used or not. */
function decidersOf(entry: Node, scope: Scope): Lineage {
  const own = ['tablesample', 'functions', 'tablefunc', 'values_lists'].map((field) => lineageOf(entry.fields.get(field), scope))
  if (kinds[numberOf(entry, 'rtekind')] !== 'subquery') return computed(own)
  const query = scope.below(nodeOf(entry, 'subquery'))
  query.outputs()
  return computed([...own, query.deciders()])
}

function commonOf(entry: Node, scope: Scope): Common {
  let at: Scope | undefined = scope
  for (let up = numberOf(entry, 'ctelevelsup'); up > 0; up--) at = at?.outer
  const common = at?.common(entry.fields.get('ctename'))
  if (!common) throw new Error('a common table expression is not there')
  return common
}

/** A recursive one shows what it shows: read again, from nothing on, until there is nothing new. */
function createCommon(cte: Node, scope: Scope): Common {
  const query = nodeOf(cte, 'ctequery')
  /** SEARCH and CYCLE add columns that are made of the others. */
  const more = ['search_clause', 'cycle_clause'].some((field) => isNode(cte.fields.get(field)))
  let state: 'new' | 'reading' | 'read' = 'new'
  let recursive = false
  let outputs: readonly Lineage[] = []
  let inner: Scope | undefined

  function read(): void {
    for (let size = -1; ;) {
      recursive = false
      state = 'reading'
      inner = open(query, scope, { ...scope.reading, scopes: new Map() })
      outputs = inner.outputs()
      const grown = outputs.reduce((sum, { bare, derived }) => sum + bare.size + derived.size, 0)
      if (!recursive || grown === size) break
      size = grown
    }
    state = 'read'
  }

  function present(): readonly Lineage[] {
    if (state === 'new') read()
    else if (state === 'reading') {
      recursive = true
      if (outputs.length === 0) return Array.from({ length: listOf(query, 'targetList').length + added }, () => nothing)
    }
    return more ? [...outputs, ...Array.from({ length: added }, () => computed(outputs))] : outputs
  }

  return {
    outputs: present,
    deciders() {
      present()
      return inner!.deciders()
    },
  }
}

/** SEARCH adds one column, CYCLE two. */
const added = 3
