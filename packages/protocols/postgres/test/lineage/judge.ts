import type { Classified } from '@sallyport/sql'
import { type Answer, type Worlds } from './twins.js'
import { type Secret, secrets } from './world.js'

/** What a text showed, held against what was said of it. `ran` is false where the server refused it. */
export interface Verdict {
  readonly ran: boolean
  /** Its outputs were known. */
  readonly known: boolean
  /** Columns whose other values made another answer. */
  readonly told: readonly Secret[]
  readonly wrong: readonly string[]
}

/**
 * Asks every world the same. Another answer must come from a column that is touched; where none of its uses decides on rows,
 * as many rows must come, and what differs in them must be an output that the column is in. What is said to be shown as it
 * is must be stored like that, and every origin that the server tells must be in our lineage.
 */
export async function judge(worlds: Worlds, text: string): Promise<Verdict> {
  const statement = await worlds.read(text)
  const base = await worlds.ask(text)
  if (base.error !== undefined) return { ran: false, known: false, told: [], wrong: [] }
  const wrong = [...originsWrong(worlds, statement, base), ...(await bareWrong(worlds, statement, base))]
  const told: Secret[] = []
  for (const secret of Object.keys(secrets) as Secret[]) {
    const other = await worlds.askOther(secret, text)
    if (JSON.stringify([other.rows, other.error]) === JSON.stringify([base.rows, base.error])) continue
    told.push(secret)
    if (decided(text, secret)) continue
    wrong.push(...differenceWrong(statement, secret, base, other))
  }
  if (statement.action.certainty !== 'exact') wrong.push(`not understood: ${statement.action.reason}`)
  if (statement.action.facts['columns_listed'] !== true && statement.action.touches.length > 0) wrong.push('columns not listed')
  return { ran: true, known: statement.outputs?.length === base.columns.length, told, wrong }
}

/** Columns that decide inside of a view on its rows: its owner chose them, and no caller can vary that. */
const deciders: readonly (readonly [RegExp, Secret])[] = [
  [/\bv_over\b/, 'public.people.team'],
  [/\bv_counts\b/, 'public.people.team'],
]

function decided(text: string, secret: Secret): boolean {
  return deciders.some(([view, column]) => column === secret && view.test(text))
}

/** The generator's name for what has columns that only the server counts; of as many as come nothing is known then. */
const uncounted = /\bopen\d+\b/

function originsWrong({ origins }: Worlds, { outputs, text }: Classified, { columns }: Answer): string[] {
  if (outputs === undefined) return []
  if (outputs.length !== columns.length) return uncounted.test(text) ? [] : [`${columns.length} columns came, ${outputs.length} were told`]
  return columns.flatMap(({ table, attnum }, i) => {
    const names = table === 0 || attnum <= 0 ? [] : (origins.at(table, attnum)?.bare ?? [])
    const told = [...(outputs[i]?.bare ?? []), ...(outputs[i]?.derived ?? [])]
    return names.filter((name) => !told.includes(name)).map((name) => `column ${i + 1} shows ${name}, untold`)
  })
}

/** A constant of the generator says that it is one; what else stands beside a column in a set says nothing. */
const constant = /^k/
const sets = /\b(union|intersect|except|values)\b/

async function bareWrong(worlds: Worlds, { outputs, text }: Classified, { rows, columns }: Answer): Promise<string[]> {
  const wrong: string[] = []
  if (sets.test(text) || outputs?.length !== columns.length) return wrong
  for (const [i, { bare, derived }] of (outputs ?? []).entries()) {
    if (derived.length > 0) continue
    const stored: ReadonlySet<string>[] = []
    for (const name of bare) stored.push(await worlds.values(name))
    const strange = rows
      .map((row) => row[i])
      .find((value) => typeof value === 'string' && !constant.test(value) && !stored.some((set) => set.has(value)))
    if (bare.length > 0 && typeof strange === 'string') wrong.push(`column ${i + 1} shows ${strange}, which is none of ${bare.join()}`)
  }
  return wrong
}

function differenceWrong({ action, outputs }: Classified, secret: Secret, base: Answer, other: Answer): string[] {
  const touches = action.touches.filter(({ kind, name, access }) => kind === 'column' && access === 'read' && name === secret)
  if (touches.length === 0) return [`${secret} is told, untouched`]
  if (touches.some(({ use }) => use === 'predicate' || use === 'key')) return []
  const computed = touches.some(({ use }) => use === 'derived' || use === 'sink')
  if (other.error !== undefined) return computed ? [] : [`${secret} makes it fail: ${other.error}`]
  if (base.rows.length !== other.rows.length) return computed ? [] : [`${secret} decides on rows, untold`]
  if (outputs === undefined || outputs.length !== base.columns.length) return []
  return outputs.flatMap(({ bare, derived }, i) => {
    const same = base.rows.every((row, at) => row[i] === other.rows[at]?.[i])
    return same || bare.includes(secret) || derived.includes(secret) ? [] : [`${secret} differs in column ${i + 1}, untold`]
  })
}
