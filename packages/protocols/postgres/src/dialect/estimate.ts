import type { Action } from '@sallyport/core'
import { decodeText } from '../codec/index.js'
import type { Inquiries, WithParams } from './inquiry.js'
import type { Item, Plan } from './resolution.js'
import type { Session } from './session.js'

/**
 * How many rows the target expects statements to read or change, as the fact `rows_estimate`: asked with EXPLAIN on the
 * client's own connection, right before they are judged. It plans and runs nothing; but planning evaluates what is constant, so
 * that it must be asked only of what runs no code but PostgreSQL's own. What is not answered in time leaves the fact out.
 */
export interface Estimates {
  /** With what needs no asking: to prepare a statement reads and changes nothing. It is judged again when it runs. */
  known(plan: Plan): Plan
  /** Something is to be asked. */
  wanted(plan: Plan): boolean
  /** `then` gets the plan with what the target told. Only while nothing is in flight. */
  ask(plan: Plan, then: (plan: Plan) => void): void
}

export interface EstimatesParts {
  readonly session: Session
  readonly inquiries: Inquiries
  readonly estimable: Estimable | undefined
}

/** Both must hold before a target is asked anything. */
export interface Estimable {
  /** What policies make of the action hangs on the estimate. */
  wanted(action: Action): boolean
  /** Planning it runs nothing but plain built-in code, nor does reading its parameters where it has some. */
  plain(action: Action, parameters: boolean): boolean
}

/** Statements of one unit, and bytes of parameters of one statement, for which an estimate is asked. */
const most = { statements: 8, parameters: 64 * 1024 } as const

const savepoint = '"sallyport estimates"'
const bounds = ['set local statement_timeout = 2000', 'set local lock_timeout = 500'] as const
/** Inside the client's transaction it leaves neither a lock nor a setting behind, and an error only until the savepoint. */
const inside = { begin: `savepoint ${savepoint}`, end: [`rollback to savepoint ${savepoint}`, `release savepoint ${savepoint}`] } as const
const outside = { begin: 'begin read only', end: ['rollback'] } as const

export function createEstimates({ session, inquiries, estimable }: EstimatesParts): Estimates {
  const fits = ({ action, params }: Item): boolean =>
    explained.has(action.verb) &&
    !prepares(action) &&
    params.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) <= most.parameters &&
    estimable?.wanted(action) === true &&
    estimable.plain(action, params.length > 0)

  const chosen = ({ items }: Plan): readonly Item[] =>
    !estimable || session.status === 'E' || items.length > most.statements ? [] : items.filter(fits)

  return {
    known(plan) {
      if (!estimable || !plan.items.some(({ action }) => prepares(action) && estimable.wanted(action))) return plan
      return { ...plan, items: plan.items.map((item) => (prepares(item.action) ? withRows(item, 0) : item)) }
    },
    wanted: (plan) => chosen(plan).length > 0,
    ask(plan, then) {
      const items = chosen(plan)
      const frame = session.status === 'T' ? inside : outside
      inquiries.ask([frame.begin, ...bounds, ...items.map(explain), ...frame.end], ({ results }) => {
        const rows = new Map(items.map((item, i) => [item, readEstimate(results?.[1 + bounds.length + i]?.[0]?.[0])]))
        const answered = { ...plan, items: plan.items.map((item) => withRows(item, rows.get(item))) }
        // Whatever failed must be undone before the client's own statement.
        if (session.status === 'E') inquiries.ask(frame.end, () => then(answered))
        else then(answered)
      })
    },
  }
}

/** In SQL or in the protocol. */
function prepares({ effects, facts }: Action): boolean {
  return effects.includes('prepare') || facts['prepares'] === true
}

function withRows(item: Item, rows: number | undefined): Item {
  if (rows === undefined) return item
  return { ...item, action: { ...item.action, facts: { ...item.action.facts, rows_estimate: rows } } }
}

/** What EXPLAIN takes. */
const explained: ReadonlySet<string> = new Set(['select', 'values', 'insert', 'update', 'delete', 'merge', 'declare', 'execute'])

function explain({ raw, params }: Item): WithParams {
  return { sql: `explain (format json) ${decodeText(raw)}`, params }
}

/** `Plan` of EXPLAIN (FORMAT JSON) (src/backend/commands/explain.c); undefined for what is none. */
function readEstimate(text: string | null | undefined): number | undefined {
  try {
    const [{ Plan: plan }] = JSON.parse(text ?? '') as [{ Plan: PlanNode }]
    const rows = Math.round(rowsOf(plan))
    return Number.isSafeInteger(rows) && rows >= 0 ? rows : undefined
  } catch {
    return undefined
  }
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Plan Rows': number
  readonly Plans?: readonly PlanNode[]
}

/** What comes out, or what any part of it changes: a node that changes rows counts what it is given, for nothing comes out of it. */
function rowsOf(plan: PlanNode): number {
  return Math.max(plan['Plan Rows'], changed(plan))
}

function changed({ 'Node Type': type, Plans: below = [] }: PlanNode): number {
  const own = type === 'ModifyTable' ? below.reduce((sum, node) => sum + node['Plan Rows'], 0) : 0
  return Math.max(own, ...below.map(changed))
}
