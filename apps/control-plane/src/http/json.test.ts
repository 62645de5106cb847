import { expect, test } from 'vitest'
import { findRepeated } from './json.js'

test.each([
  ['{"a": 1, "b": 2, "a": 3}', '/a'],
  ['{"a": 1, "\\u0061": 2}', '/a'],
  ['{"target": {"host": "good", "port": 1, "host": "evil"}}', '/target/host'],
  ['{"rules": [{"id": "a"}, {"id": "b", "match": {"x": [1, 2, {"y": 1, "y": 1}]}}]}', '/rules/1/match/x/2/y'],
  ['[[], {"a/b~c": {}, "a/b~c": []}]', '/1/a~1b~0c'],
  ['{"": 1, "": 2}', '/'],
  ['{"__proto__": 1, "__proto__": 2}', '/__proto__'],
  ['{"\\"": 1, "\\"": 2}', '/"'],
])('%s gives a field twice', (text, path) => {
  expect(findRepeated(text)).toEqual({ path, message: 'is given twice' })
})

test.each([
  ['{"a": {"a": {"a": ["a", "a"]}}, "b": "a"}'],
  ['[{"a": 1}, {"a": 1}, "a", "a"]'],
  ['{"a": "{\\"a\\": 1, \\"a\\": 2}", "b": "\\\\", "c": "]}"}'],
  ['"a"'],
  ['null'],
  ['{}'],
  [' {"a" : 1 , "A" : 2 } '],
])('%s does not', (text) => {
  expect(JSON.parse(text)).toBeDefined()
  expect(findRepeated(text)).toBeUndefined()
})

test('a megabyte of nesting or of escapes is read to its end', () => {
  const deep = `${'['.repeat(250_000)}{"a": 1, "a": 2}${']'.repeat(250_000)}`
  expect(findRepeated(deep)?.path).toBe('/0'.repeat(64))
  expect(findRepeated(`{"a": "${'\\\\'.repeat(500_000)}", "a": 1}`)?.path).toBe('/a')
})
