import type { SampledColumn } from './catalog.js'

/**
 * From cells as they were read to what a detector is shown, under the names that say what it may be. A value that is no
 * JSON, because it was cut or is none, is shown as the text it is. Nothing here throws: an error of the parser would quote
 * what it read.
 */
export type Cell = string | null

/** Texts inside one JSON value, and names of members in one column. */
const mostTexts = 64
const mostNames = 64

/** By the name of the column, or by the members of its JSON on the way to a text: `profile.contact.email`. */
export function samplesOf({ name, kind }: SampledColumn, cells: readonly Cell[]): ReadonlyMap<string, readonly string[]> {
  const samples = new Map<string, string[]>()
  const show = (at: string, text: string): void => {
    const under = samples.has(at) || samples.size < mostNames ? at : name
    const shown = samples.get(under)
    if (shown) shown.push(text)
    else samples.set(under, [text])
  }
  for (const cell of cells) {
    if (cell === null || cell === '') continue
    const value = kind === 'text' ? undefined : parsed(cell)
    if (value === undefined) show(name, cell)
    else showTexts(value, name, show)
  }
  return samples
}

/** Answers undefined where the text is not what `statementFor` asks for. */
export function readRows(text: string | null | undefined): readonly (readonly Cell[])[] | undefined {
  const rows = parsed(text ?? '[]')
  return Array.isArray(rows) && rows.every((row) => Array.isArray(row)) ? (rows as readonly (readonly Cell[])[]) : undefined
}

function showTexts(value: unknown, name: string, show: (at: string, text: string) => void): void {
  const open: (readonly [string, unknown])[] = [[name, value]]
  for (let shown = 0; open.length > 0 && shown < mostTexts; shown++) {
    const [at, one] = open.pop()!
    if (typeof one === 'string') {
      if (one !== '') show(at, one)
    } else if (Array.isArray(one)) open.push(...one.slice(0, mostTexts).map((item): readonly [string, unknown] => [at, item]))
    else if (typeof one === 'object' && one !== null)
      open.push(
        ...Object.entries(one)
          .slice(0, mostTexts)
          .map(([key, item]): readonly [string, unknown] => [`${at}.${key}`, item]),
      )
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
