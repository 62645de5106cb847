import { expect, test } from 'vitest'
import type { TargetModel } from '@sallyport/sql'
import { parseSearchPath, usableSearchPath } from './path.js'

test.each([
  ['', []],
  ['""', ['']],
  ['"$user", public', ['$user', 'public']],
  ['Public , "Odd, ""one"""', ['public', 'Odd, "one"']],
  ['a b', undefined],
  ['a,', undefined],
])('%s reads as the server reads it', (value, schemas) => {
  expect(parseSearchPath(value)).toEqual(schemas)
})

test('what is not there, or may not be used, is passed over; the user’s own schema goes by its name', () => {
  const model = { schemas: ['me', 'public', 'pg_catalog'] } as unknown as TargetModel
  expect(usableSearchPath(['$user', 'gone', '', 'public', 'me', 'pg_temp'], 'me', model)).toEqual(['me', 'public', 'pg_temp'])
  expect(usableSearchPath(['$user', 'public'], 'you', model)).toEqual(['public'])
})
