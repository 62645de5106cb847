import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { grammar } from './grammar.js'

const types = readFileSync(
  createRequire(import.meta.url)
    .resolve('@pgsql/types')
    .replace(/index\.js$/, 'types.d.ts'),
  'utf8',
)

test('every field of every node is the one that the pinned parser has', () => {
  const bodies = new Map([...types.matchAll(/^export interface (\w+) \{\n([^}]*)\}/gm)].map(([, name, body]) => [name!, body!]))
  for (const [kind, shapes] of grammar) {
    const fields = [...bodies.get(kind)!.matchAll(/^\s*(\w+)\??: ([^;]+);/gm)].map(
      ([, field, type]) => [field!, type!.replace(/\[\]$/, '')] as const,
    )
    const expected = fields.map(([field, type]) => [field, type === 'Node' ? 'wrapped' : bodies.has(type) ? { bare: type } : 'inert'])
    expect([kind, ...shapes]).toEqual([kind, ...expected])
  }
})

test('nodes that only the analyser makes are not in it', () => {
  for (const kind of ['Var', 'Query', 'FuncExpr', 'TargetEntry', 'RangeTblEntry']) expect(grammar.has(kind)).toBe(false)
})
