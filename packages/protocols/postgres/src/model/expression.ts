import { firstUserOid } from './catalog.js'
import { asNode, isNode, listOf, type Node, numberOf, type Value } from './nodes.js'
import { computed, type Lineage, nothing, type Scope, union, unknown } from './sources.js'

/** What it does not know by name is computed from every column below it. */
export function lineageOf(value: Value | undefined, scope: Scope): Lineage {
  if (value === undefined || typeof value === 'string') return nothing
  if (!isNode(value)) return computed(value.map((one) => lineageOf(one, scope)))
  switch (value.type) {
    case 'VAR':
      return scopeOf(value, scope).column(numberOf(value, 'varno'), numberOf(value, 'varattno'))
    case 'TARGETENTRY':
      return lineageOf(value.fields.get('expr'), scope)
    // The bytes stay as they are; the checks of a domain let through or fail.
    case 'RELABELTYPE':
    case 'COLLATEEXPR':
    case 'COERCETODOMAIN':
      return lineageOf(value.fields.get('arg'), scope)
    case 'FIELDSELECT':
      return fieldOf(value, scope)
    case 'SUBLINK':
      return answerOf(value, scope)
    case 'QUERY':
      return computed([...scope.below(value).outputs(), scope.below(value).deciders()])
    case 'WINDOWFUNC':
      return computed([partsOf(value, scope), scope.window(numberOf(value, 'winref'))])
    default:
      return partsOf(value, scope)
  }
}

function scopeOf(variable: Node, scope: Scope): Scope {
  let at: Scope | undefined = scope
  for (let up = numberOf(variable, 'varlevelsup'); up > 0; up--) at = at?.outer
  if (!at) throw new Error('a column belongs to no query')
  return at
}

function fieldOf(value: Node, scope: Scope): Lineage {
  const row = value.fields.get('arg')
  if (!isNode(row) || row.type !== 'VAR' || numberOf(row, 'varattno') !== 0) return partsOf(value, scope)
  return scopeOf(row, scope).column(numberOf(row, 'varno'), numberOf(value, 'fieldnum'))
}

/** `subLinkType` of a sub-query that stands for its one value (src/include/nodes/primnodes.h). */
const oneValue = 4

/** What picks the row picks the value. */
function answerOf(value: Node, scope: Scope): Lineage {
  const query = scope.below(asNode(value.fields.get('subselect'), 'QUERY'))
  if (numberOf(value, 'subLinkType') !== oneValue) return partsOf(value, scope)
  const shown = union(query.outputs())
  return union([shown, query.deciders()])
}

/** Fields that name a function, or an operator behind which one is. */
const code = ['funcid', 'opfuncid', 'opno', 'aggfnoid', 'winfnoid'] as const

function partsOf(value: Node, scope: Scope): Lineage {
  const parts = [...value.fields.values()].map((part) => lineageOf(part, scope))
  const ofUsers =
    code.some((field) => value.fields.has(field) && numberOf(value, field) >= firstUserOid) ||
    (value.fields.has('opnos') && listOf(value, 'opnos').some((oid) => Number(oid) >= firstUserOid))
  return computed(ofUsers ? [...parts, unknown] : parts)
}
