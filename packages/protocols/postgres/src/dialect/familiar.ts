import type { Action } from '@sallyport/core'
import type { Classification } from '@sallyport/sql'
import type { BindMessage, FrontendMessage } from '../codec/index.js'
import { createFlags, noteControl, withTypes } from './control.js'
import { asMeant } from './meant.js'
import { type Change, lastChange, type Statement, unnamedGone } from './names.js'
import type { Plan, Resolution, Scope } from './resolution.js'

/**
 * The unit that drivers send over and over: a statement of its own or one prepared before, bound, perhaps described, and
 * executed, as a batch of its own; or one statement as a simple query. For it `resolve` comes to the same answer by a
 * longer way; a test holds the two together. Answers nothing where anything else is asked, or something is not as it
 * mostly is: a caller must then go the longer way.
 */
export function resolveFamiliar(messages: readonly FrontendMessage[], scope: Scope): Resolution | undefined {
  const first = messages[0]
  if (first?.type === 'query') return messages.length === 1 ? queryFor(first, scope) : undefined
  const parse = first?.type === 'parse' ? first : undefined
  const at = parse ? 1 : 0
  const bind = messages[at]
  if (bind?.type !== 'bind' || scope.own.length > 0) return undefined
  const described = messages[at + 1]?.type === 'describe'
  if (!endsAsUsual(messages, { bind, at, described }) || (parse && parse.name !== bind.statement)) return undefined

  const known = parse ? undefined : knownStatement(bind.statement, scope)
  const source = parse ?? known
  if (!source || source.types.some(scope.runsCode)) return undefined
  if (parse && !scope.names.roomFor(parse.raw.length)) return undefined
  const classification = scope.classified.get(source.text)
  if (!classification) return { is: 'missing', texts: [source.text] }
  const meant = classification.statements[0]
  if (!meant || (known && asMeant(meant, known.meant) !== meant)) return undefined
  if (known) return planFor(known, { classification, bind, described, parsed: undefined })
  const statement: Statement = { made: 'parse', text: source.text, raw: source.raw, types: source.types, meant }
  return planFor(statement, { classification, bind, described, parsed: { space: 'statements', name: bind.statement, to: statement } })
}

type QueryMessage = Extract<FrontendMessage, { type: 'query' }>

interface Shape {
  readonly bind: BindMessage
  readonly at: number
  readonly described: boolean
}

/** One statement as a simple query: it does away with the unnamed statement and portal, and touches no other name. */
function queryFor({ text, raw }: QueryMessage, { classified }: Scope): Resolution | undefined {
  const classification = classified.get(text)
  if (!classification) return { is: 'missing', texts: [text] }
  const action = plainAction(classification)
  if (!action) return undefined
  return plan({ items: [{ action, raw, params: [] }], replies: [queryReply], changes: unnamedGone, shown: classification.statements })
}

/** Bind, perhaps Describe, Execute: all of one portal, and nothing after them. */
function endsAsUsual(messages: readonly FrontendMessage[], { bind, at, described }: Shape): boolean {
  const execute = messages[at + (described ? 2 : 1)]
  if (messages.length !== at + (described ? 3 : 2) || execute?.type !== 'execute' || execute.portal !== bind.portal) return false
  const describe = messages[at + 1]!
  return !described || (describe.type === 'describe' && describe.space === 'portals' && describe.name === bind.portal)
}

function knownStatement(name: string, { names, others }: Scope): Statement | undefined {
  for (const { changes } of others) if (lastChange(changes, 'statements', name)) return undefined
  const statement = names.statement(name)
  return statement?.made === 'parse' ? statement : undefined
}

interface Familiar {
  readonly classification: Classification
  readonly bind: BindMessage
  readonly described: boolean
  readonly parsed: Change | undefined
}

function planFor(statement: Statement, { classification, bind, described, parsed }: Familiar): Resolution | undefined {
  const action = plainAction(classification)
  if (!action) return undefined
  const params = withTypes(bind.params, statement.types)
  const bound: Change = {
    space: 'portals',
    name: bind.portal,
    to: { statement, params, meant: classification.statements[0], hold: false },
  }
  const bindReply = { kind: 'bind', changes: [bound] } as const
  const last = described ? [bindReply, describeReply, executeReply] : [bindReply, executeReply]
  return plan({
    items: [{ action, raw: statement.raw, params }],
    replies: parsed ? [{ kind: 'parse', changes: [parsed] }, ...last] : last,
    changes: parsed ? [parsed, bound] : [bound],
    shown: classification.statements,
  })
}

/** What the only statement of a text does, where it is surely known and leaves the session as it is. */
function plainAction({ readable, statements }: Classification): Action | undefined {
  const only = statements[0]
  if (!readable || !only || statements.length > 1 || only.control.kind !== 'none') return undefined
  const flags = createFlags()
  noteControl(flags, only)
  return flags.neutral && !flags.alone ? only.action : undefined
}

function plan({ items, replies, changes, shown }: Pick<Plan, 'items' | 'replies' | 'changes' | 'shown'>): Resolution {
  return { is: 'resolved', plan: { items, replies, changes, shown, ...usual } }
}

const usual = { ...createFlags(), works: true, copyIn: false } as const
const describeReply = { kind: 'describe_portal', changes: [] } as const
const executeReply = { kind: 'execute', changes: [undefined] } as const
const queryReply = { kind: 'query', changes: [undefined] } as const
