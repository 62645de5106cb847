import { expect, it } from 'vitest'
import { action, scope } from '../../test/fixtures.js'
import { no, yes } from '../answer.js'
import { certainty } from './certainty.js'

it('certainty is what the classifier says, no more', () => {
  const unsure = action({ certainty: 'unknown', reason: 'no target model' })
  expect([certainty('unknown').test(unsure, scope()), certainty('exact').test(unsure, scope())]).toEqual([yes, no])
  expect(certainty('exact').test(action(), scope())).toBe(yes)
  expect(certainty('exact').why(unsure, scope())).toContain('no target model')
})
