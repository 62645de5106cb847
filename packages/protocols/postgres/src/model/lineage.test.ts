import { expect, test } from 'vitest'
import { readDefinition } from './lineage.js'
import { isNode, readNodes } from './nodes.js'

test('a tree is read as the server writes it: escapes, constants, lists, nothing', () => {
  const tree = readNodes(
    String.raw`{A :name :odd\ \{name\(\}  :list (i 1 -2) :names ("x" "y z\ ") :constvalue 4 [ 1 0 -7 0 ] :none <> :inner {B_C :x 1}}`,
  )
  const fields = isNode(tree) ? Object.fromEntries(tree.fields) : {}
  expect(fields).toMatchObject({
    name: String.raw`:odd\ \{name\(\}`,
    list: ['i', '1', '-2'],
    constvalue: '4',
    none: '<>',
    inner: { type: 'B_C' },
  })
})

test('what is no tree is refused', () => {
  for (const text of ['', '{', '{A', '{A :x', '{A :x 1', '{a :x 1}', '{A x 1}', '{A :x 1 :x 2}', '(1', '1 2', ')', '{A :x }'])
    expect(() => readNodes(text), text).toThrow(/tree|node|field/)
})

const query = (target: string, more = '') =>
  `({QUERY :commandType 1 :rtable ({RANGETBLENTRY :rtekind 0 :relid 20000}) :targetList ({TARGETENTRY :expr ${target} :resno 1 :ressortgroupref 0 :resjunk false}) ${more}})`
const variable = (attnum: number) => `{VAR :varno 1 :varattno ${attnum} :varlevelsup 0}`

test('a column that the server knows to be used, and the reading overlooked, is behind every column', () => {
  expect(readDefinition(query(variable(1)), ['20000.1']).columns).toEqual([{ bare: ['20000.1'], derived: [] }])
  expect(readDefinition(query(variable(1)), ['20000.1', '20000.2']).columns).toEqual([{ bare: ['20000.1'], derived: ['20000.2'] }])
  const deciding = `:jointree {FROMEXPR :quals ${variable(2)}}`
  expect(readDefinition(query(variable(1), deciding), ['20000.1', '20000.2']).columns).toEqual([{ bare: ['20000.1'], derived: [] }])
  expect(readDefinition(query(variable(0)), ['20000.2']).columns).toEqual([{ bare: [], derived: ['20000.0'] }])
})

test('an expression of a kind that nobody has seen is made of every column in it', () => {
  const strange = `{FROM_THE_FUTURE :what ({X :y ${variable(1)}} ${variable(3)}) :how 7}`
  expect(readDefinition(query(strange), []).columns).toEqual([{ bare: [], derived: ['20000.1', '20000.3'] }])
})

test('a source of a kind that nobody has seen, a query that is no SELECT, and a column of nowhere are refused', () => {
  expect(() => readDefinition(query(variable(1)).replace(':rtekind 0', ':rtekind 77'), [])).toThrow(/not followed/)
  expect(() => readDefinition(query(variable(1)).replace(':commandType 1', ':commandType 2'), [])).toThrow(/SELECT/)
  expect(() => readDefinition(query(variable(1).replace(':varno 1', ':varno 9')), [])).toThrow(/RANGETBLENTRY/)
  expect(() => readDefinition(query(variable(1).replace(':varlevelsup 0', ':varlevelsup 1')), [])).toThrow(/no query/)
})
