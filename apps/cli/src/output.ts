/** Data goes to stdout, as a table for eyes or as JSON; everything else to stderr. */

export interface Output {
  readonly json: boolean
  /** The answer as it came with `--json`, else the text that `readable` makes of it. */
  readonly data: (answer: unknown, readable: () => string) => void
  readonly say: (line: string) => void
}

export interface Streams {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

export function outputTo({ out, err }: Streams, json: boolean): Output {
  return {
    json,
    data(answer, readable) {
      const text = json ? JSON.stringify(answer ?? null, null, 2) : readable()
      if (text !== '') out(`${text}\n`)
    },
    say: (line) => err(`${line}\n`),
  }
}

/** Columns by title and how to read them from a row. */
export type Columns<T> = Readonly<Record<string, (row: T) => unknown>>

export function table<T>(rows: readonly T[], columns: Columns<T>): string {
  const titles = Object.keys(columns)
  const cells = rows.map((row) => Object.values(columns).map((read) => cell(read(row))))
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)))
  const format = (line: readonly string[]) =>
    line
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [titles.map((title) => title.toUpperCase()), ...cells].map(format).join('\n')
}

export function cell(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-'
  if (typeof value === 'string') return printable(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : printable(JSON.stringify(value))
}

/** What others wrote must not move the cursor of whoever reads it. Line breaks and tabs stay. */
export function printable(text: string): string {
  return Array.from(text, (character) => (steers(character.codePointAt(0) ?? 0) ? escaped(character) : character)).join('')
}

/** Control characters of C0 and C1, line and paragraph separators, bidirectional overrides and isolates. */
function steers(code: number): boolean {
  if (code === 0x09 || code === 0x0a) return false
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
