import type { Expression } from './cel.js'

/**
 * What can be said of an expression without running it: variables and fields that do not exist (a short circuit would
 * hide them from samples), and loops whose work could explode. Also collects the fields of open maps (claims, labels,
 * body), whose types nobody knows before a request comes.
 */
export interface Checked {
  readonly problems: readonly string[]
  /** Paths below open maps, such as `subject.claims.department`. */
  readonly open: readonly string[]
}

const fields: Readonly<Record<string, ReadonlySet<string>>> = {
  subject: new Set(['id', 'provider', 'subject', 'name', 'kind', 'groups', 'person', 'owner', 'primary', 'claims', 'chain', 'token']),
  'subject.token': new Set(['id', 'issuer', 'audience']),
  session: new Set(['id', 'protocol', 'client', 'database', 'role']),
  'session.client': new Set(['address', 'application']),
  resource: new Set(['id', 'name', 'protocol', 'labels']),
  action: new Set(['verb', 'effects', 'touches', 'functions', 'facts', 'certainty', 'reason']),
  env: new Set(['now', 'time', 'date', 'hour', 'minute', 'weekday']),
}
const openMaps: readonly string[] = ['subject.claims', 'resource.labels', 'action.facts.body']
const typeNames = new Set(['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'])
const maxLoops = 8

interface Walk {
  readonly problems: Set<string>
  readonly open: Set<string>
  loops: number
}

interface Inside {
  /** Variables of the loops around. */
  readonly variables: ReadonlySet<string>
  readonly depth: number
}

export function checkCel(expression: Expression): Checked {
  const walk: Walk = { problems: new Set(), open: new Set(), loops: 0 }
  visit(expression, { variables: new Set(), depth: 0 }, walk)
  if (walk.loops > maxLoops) walk.problems.add(`has more than ${maxLoops} loops`)
  return { problems: [...walk.problems], open: [...walk.open] }
}

function visit(node: Expression | undefined, inside: Inside, walk: Walk): void {
  const kind = node?.exprKind
  if (!node || !kind) return
  switch (kind.case) {
    case 'identExpr':
      return checkVariable(kind.value.name, inside, walk)
    case 'selectExpr':
      checkPath(node, inside, walk)
      return visit(kind.value.operand, inside, walk)
    case 'callExpr':
      checkPath(node, inside, walk)
      visit(kind.value.target, inside, walk)
      return kind.value.args.forEach((arg) => visit(arg, inside, walk))
    case 'listExpr':
      return kind.value.elements.forEach((element) => visit(element, inside, walk))
    case 'structExpr':
      if (kind.value.messageName !== '') walk.problems.add(`makes a message of type ${kind.value.messageName}`)
      return kind.value.entries.forEach((entry) => {
        if (entry.keyKind.case === 'mapKey') visit(entry.keyKind.value, inside, walk)
        visit(entry.value, inside, walk)
      })
    case 'comprehensionExpr':
      return visitLoop(kind.value, inside, walk)
    case 'constExpr':
    case undefined:
      return
    default:
      return kind satisfies never
  }
}

type Loop = Extract<NonNullable<Expression['exprKind']>, { case: 'comprehensionExpr' }>['value']

function visitLoop(loop: Loop, inside: Inside, walk: Walk): void {
  walk.loops++
  // An inner loop may only run over what belongs to the outer one's element: anything else multiplies.
  const root = loop.iterRange && chain(loop.iterRange)?.[0]
  if (inside.depth > 0 && !(root !== undefined && inside.variables.has(root)))
    walk.problems.add('has a loop inside a loop over something else')
  if (inside.depth > 1) walk.problems.add('has loops nested deeper than two')
  visit(loop.iterRange, inside, walk)
  visit(loop.accuInit, inside, walk)
  const added = [loop.iterVar, loop.iterVar2, loop.accuVar].filter((name) => name !== '')
  const body: Inside = { variables: new Set([...inside.variables, ...added]), depth: inside.depth + 1 }
  for (const part of [loop.loopCondition, loop.loopStep, loop.result]) visit(part, body, walk)
}

function checkVariable(name: string, inside: Inside, walk: Walk): void {
  if (inside.variables.has(name) || name in fields || typeNames.has(name)) return
  walk.problems.add(`names ${name}, which does not exist; there are subject, session, resource, action and env`)
}

function checkPath(node: Expression, inside: Inside, walk: Walk): void {
  const path = chain(node)
  if (!path || inside.variables.has(path[0]!)) return
  for (let i = 1; i < path.length; i++) {
    const parent = path.slice(0, i).join('.')
    const known = fields[parent]
    if (known && !known.has(path[i]!)) walk.problems.add(`names ${parent}.${path[i]}, which does not exist`)
  }
  const open = openMaps.find((map) => path.length > map.split('.').length && path.join('.').startsWith(`${map}.`))
  if (open) note(path, walk)
}

/** Only the longest path counts: `claims.a` on the way to `claims.a.b` is an object, not a value. */
function note(path: readonly string[], walk: Walk): void {
  const whole = path.join('.')
  for (const known of walk.open) {
    if (known === whole || known.startsWith(`${whole}.`)) return
    if (whole.startsWith(`${known}.`)) walk.open.delete(known)
  }
  walk.open.add(whole)
}

/** `a.b["c"]` as [a, b, c]; undefined for anything that is not a plain path. */
function chain(node: Expression): readonly string[] | undefined {
  const kind = node.exprKind
  if (kind.case === 'identExpr') return [kind.value.name]
  if (kind.case === 'selectExpr') return extend(kind.value.operand, kind.value.field)
  if (kind.case !== 'callExpr' || kind.value.function !== '_[_]') return undefined
  const [operand, index] = kind.value.args
  const constant = index?.exprKind.case === 'constExpr' ? index.exprKind.value.constantKind : undefined
  return constant?.case === 'stringValue' ? extend(operand, constant.value) : undefined
}

function extend(operand: Expression | undefined, field: string): readonly string[] | undefined {
  const path = operand && chain(operand)
  return path && [...path, field]
}
