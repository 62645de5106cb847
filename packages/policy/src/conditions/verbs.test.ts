import { expect, it } from 'vitest'
import { action, scope } from '../../test/fixtures.js'
import { maybe, no, yes } from '../answer.js'
import { verbs } from './verbs.js'

const test = (verb: string) => verbs(['delete', 'GET']).test(action({ verb }), scope())

it('a verb is one of the list, whatever its case', () => {
  expect([test('delete'), test('DELETE'), test('get'), test('select')]).toEqual([yes, yes, yes, no])
})

it('no verb is maybe any verb', () => {
  expect(test('')).toBe(maybe)
})
