import { describe, expect, it } from 'vitest'
import { assigned } from './assignment.js'

describe('a resource', () => {
  it.each([
    ['without a selector, to an agent without labels', {}, {}, true],
    ['without a selector, not to an agent with labels', {}, { zone: 'blue' }, false],
    ['with a selector, to an agent that has all of it and more', { zone: 'blue' }, { zone: 'blue', tier: 'one' }, true],
    ['with a selector, not to an agent that has only a part of it', { zone: 'blue', tier: 'one' }, { zone: 'blue' }, false],
    ['with a selector, not to an agent with another value', { zone: 'blue' }, { zone: 'red' }, false],
    ['with a selector, not to the pool', { zone: 'blue' }, {}, false],
    ['whose selector names what every object has, to nobody', { constructor: 'x' }, {}, false],
  ])('is assigned %s', (_, selector, labels, expected) => {
    expect(assigned(selector, labels)).toBe(expected)
  })
})
