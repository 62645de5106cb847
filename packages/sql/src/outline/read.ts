import type { Node, ParseResult, RawStmt } from '@pgsql/types'
import { grammar } from '../grammar.js'
import type { Draft } from './draft.js'
import { finish, newDraft } from './draft.js'
import type { Outline } from './outline.js'
import { readers } from './statements.js'

export interface ReadStatement {
  /** UTF-16 offsets into the text, end excluded. */
  readonly start: number
  readonly end: number
  readonly outline: Outline
}

/** The statements of a text, in order, from its parse tree. Locations in the tree are bytes of UTF-8. */
export function readStatements(text: string, tree: ParseResult): ReadStatement[] {
  const offset = byteOffsets(text)
  return (tree.stmts ?? []).map((raw) => {
    const from = raw.stmt_location ?? 0
    const to = raw.stmt_len === undefined || raw.stmt_len === 0 ? undefined : from + raw.stmt_len
    return { ...trim(text, offset(from), to === undefined ? text.length : offset(to)), outline: readOutline(raw) }
  })
}

function readOutline(raw: RawStmt): Outline {
  const draft = newDraft(readers)
  if (raw.stmt === undefined) draft.unknown.add('RawStmt')
  else {
    readers.statement(draft, raw.stmt)
    checkNode(draft, raw.stmt)
  }
  const outline = finish(draft)
  return size(outline) > maxNames ? cut(outline) : outline
}

/** More names than any honest statement has would keep the thread busy that resolves them. */
const maxNames = 20_000
const maxLevels = 1_000

function size({ levels, calls, types, operators, objects }: Outline): number {
  if (levels.length > maxLevels) return Infinity
  const inLevels = levels.reduce((sum, level) => sum + level.refs.length + level.sources.length + level.outputs.length, 0)
  return inLevels + calls.length + types.length + operators.length + objects.length
}

function cut(outline: Outline): Outline {
  const unknown = [...outline.unknown, 'more names than are followed']
  return { ...outline, unknown, levels: [], calls: [], types: [], operators: [], objects: [], changes: [] }
}

/** Byte offset to UTF-16 offset; for asking in rising order. */
function byteOffsets(text: string): (bytes: number) => number {
  let at = 0
  let bytes = 0
  return (wanted) => {
    if (wanted < bytes) at = bytes = 0
    while (bytes < wanted && at < text.length) {
      const code = text.codePointAt(at)!
      bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      at += code < 0x10000 ? 1 : 2
    }
    return at
  }
}

const blank = /[ \t\n\r\f\v]/

function trim(text: string, start: number, end: number): { start: number; end: number } {
  while (start < end && blank.test(text[start]!)) start++
  while (end > start && blank.test(text[end - 1]!)) end--
  return { start, end }
}

/** Kinds that name something or run something: one that no handler took charge of would be a hole. */
const mustBeSeen: ReadonlySet<string> = new Set(
  'ColumnRef FuncCall A_Expr SubLink RangeVar TypeName SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt'.split(' '),
)

/** Goes over the whole tree once more, by grammar alone, and tells what is not in it or what was forgotten. */
function checkNode(draft: Draft, node: Node): void {
  for (const [kind, fields] of Object.entries(node)) checkFields(draft, kind, fields)
}

function checkFields(draft: Draft, kind: string, fields: object): void {
  const shapes = grammar.get(kind)
  if (shapes === undefined) return void draft.unknown.add(kind)
  if (mustBeSeen.has(kind) && !draft.seen.has(fields)) draft.unknown.add(kind)
  for (const [field, value] of Object.entries(fields)) {
    const shape = shapes.get(field)
    if (shape === undefined) draft.unknown.add(`${kind}.${field}`)
    else if (shape === 'inert') continue
    else {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (shape === 'wrapped') checkNode(draft, each as Node)
        else checkFields(draft, shape.bare, each as object)
      }
    }
  }
}
