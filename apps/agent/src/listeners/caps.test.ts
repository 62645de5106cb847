import { describe, expect, it } from 'vitest'
import { createCaps } from './caps.js'

function door(pending: number) {
  const caps = createCaps({ connections: 100, connectionsPerAddress: 100, pending })
  const dropped: string[] = []
  return { caps, dropped, enter: (address: string, name: string) => caps.enter(address, () => dropped.push(name)) }
}

describe('the caps', () => {
  it('drop the one that has stood longest, of the address that has most, for whoever comes next', () => {
    const { caps, dropped, enter } = door(4)
    enter('good', 'g1')
    for (const name of ['b1', 'b2', 'b3', 'b4', 'b5']) enter('bad', name)
    enter('other', 'o1')
    expect(dropped).toEqual(['b1', 'b2', 'b3'])
    expect(caps.counts()).toEqual({ open: 4, pending: 4 })
  })

  it('never drop those that were admitted, and count nothing twice', () => {
    const { caps, dropped, enter } = door(1)
    const first = enter('a', 'a1')
    first.admitted()
    const second = enter('a', 'a2')
    expect(dropped).toEqual([])
    const third = enter('a', 'a3')
    expect(dropped).toEqual(['a2'])
    for (const entry of [first, second, third, first]) entry.leave()
    expect(caps.counts()).toEqual({ open: 0, pending: 0 })
  })
})
