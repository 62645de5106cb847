import { expect, it } from 'vitest'
import { read } from '../corpus/world.js'
import { createShapes } from './shapes.js'

function statements(text: string) {
  const parsed = read(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.statements
}

it('a shape is remembered while it is used, and forgotten when many others came', () => {
  const shapes = createShapes()
  const [used, unused] = [shapes.of(statements('select a')), shapes.of(statements('select b'))]
  for (let i = 0; i < 5_000; i++) {
    shapes.of(statements(`select c${i}`))
    expect(shapes.of(statements('select a'))).toBe(used)
  }
  expect(shapes.of(statements('select b'))).not.toBe(unused)
})

it('one that takes much to spell is not kept', () => {
  const shapes = createShapes()
  const many = `select ${Array.from({ length: 1_000 }, (_, i) => `column_${i}`).join(', ')}`
  expect(shapes.of(statements(many))).not.toBe(shapes.of(statements(many)))
})
