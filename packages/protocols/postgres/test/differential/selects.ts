import * as fc from 'fast-check'
import { serialize } from 'pg-protocol'
import { joined, say } from '../play/words.js'
import { aggregates, type Kind, mistakes, shapes, type Source, sources, windows } from './shop.js'

/** Statements that read, made at random over a shop: every answer is in a certain order, so that it can be compared. */
export interface Question {
  readonly sql: string
  /** As text; how many `$n` the statement has. */
  readonly params: readonly string[]
  /** By a simple query, or by Parse, Bind, Describe and Execute with answers in that format. */
  readonly how: 'simple' | 'text' | 'binary'
}

/** One expression: shapes and columns are chosen by numbers, so that fast-check can make it smaller. */
export function expression(kind: Kind, source: Source, next: () => number, depth = 0): string {
  const columns = source.columns[kind] ?? []
  const leaves = shapes[kind].filter((shape) => !shape.includes('#'))
  const choices =
    depth > 2
      ? [...columns, ...(columns.length > 0 ? [] : leaves.length > 0 ? leaves : ['null'])]
      : [...columns, ...columns, ...shapes[kind]]
  const shape = choices[next() % choices.length] ?? 'null'
  return shape.replaceAll(/#(\w+)/g, (_, inner: string) => `(${expression(inner as Kind, source, next, depth + 1)})`)
}

const kinds: readonly Kind[] = ['int', 'num', 'text', 'bool', 'time', 'json', 'list', 'any']
function pick<T>(list: readonly T[], next: () => number): T {
  return list.at(next() % list.length)!
}

export function fill(shape: string, source: Source, next: () => number): string {
  return shape.replaceAll(/#(\w+)/g, (_, inner: string) => expression(inner as Kind, source, next, 1))
}

function select(next: () => number, width?: number): string {
  const source = pick(sources, next)
  const grouped = next() % 6 === 0
  const count = width ?? 1 + (next() % 4)
  const outputs = Array.from({ length: count }, (_, i) => {
    if (next() % 60 === 0) return pick(mistakes, next)
    if (grouped) return i === 0 ? expression('int', source, next) : fill(pick(aggregates, next), source, next)
    if (next() % 9 === 0) return fill(pick(windows, next), source, next)
    return expression(pick(kinds, next), source, next)
  })
  const named = outputs.map((output, i) => (next() % 3 === 0 ? `${output} as "Col ${i}"` : output))
  const where = next() % 2 === 0 ? ` where ${expression('bool', source, next)}` : ''
  const tail = grouped ? ` group by 1${next() % 2 === 0 ? ' having count(*) > 1' : ''}` : ''
  return `select ${named.join(', ')} from ${source.from}${where}${tail}`
}

const order = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}`).join(', ')

function statement(next: () => number): string {
  const width = 1 + (next() % 4)
  const limit = next() % 4 === 0 ? ` limit ${next() % 7} offset ${next() % 3}` : ''
  const core = select(next, width)
  switch (next() % 8) {
    case 0:
      return `with w as (${core}) select * from w order by ${order(width)}${limit}`
    case 1:
      return `with recursive r (n) as (select 1 union all select n + 1 from r where n < 6), w as materialized (${select(next, 1)}) select r.n, w.* from r, w order by 1, 2${limit}`
    case 2:
      return `(${core}) union ${next() % 2 === 0 ? 'all ' : ''}(${core}) order by ${order(width)}${limit}`
    case 3:
      return `select x.* from (${core} order by ${order(width)}${limit}) x`
    default:
      return `${core} order by ${order(width)}${limit}`
  }
}

const numbers = fc.array(fc.nat({ max: 10_000 }), { minLength: 20, maxLength: 60 })

export const questions: fc.Arbitrary<Question> = fc
  .tuple(numbers, fc.constantFrom('simple' as const, 'text' as const, 'binary' as const), fc.nat({ max: 4 }))
  .map(([choices, how, parametrized]) => {
    let turn = 0
    const next = () => (choices[turn++ % choices.length] ?? 0) + Math.floor(turn / choices.length)
    const sql = statement(next)
    if (how === 'simple' || parametrized !== 0) return { sql, how, params: [] }
    return { sql: `select q.* from (${sql}) q where $1::int >= 0 and $2::text is not null`, how, params: [`${next() % 9}`, 'text'] }
  })

/** What a client sends for it, up to ReadyForQuery. */
export function asked({ sql, params, how }: Question): Uint8Array {
  if (how === 'simple') return say.query(sql)
  const bind = serialize.bind({ values: [...params], binary: how === 'binary' })
  return joined(say.parse('', sql), bind, say.describe('P'), say.execute(), say.sync())
}
