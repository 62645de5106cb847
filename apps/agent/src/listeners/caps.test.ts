import { describe, expect, it } from 'vitest'
import { type CapLimits, createCaps } from './caps.js'

function door(pending: number, more: Partial<CapLimits> = {}) {
  const caps = createCaps({ connections: 100, connectionsPerAddress: 100, pending, ...more })
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

  it('count those that wait among an address’s own, and let its oldest of them make room for its newcomers', () => {
    const { caps, dropped, enter } = door(50, { connectionsPerAddress: 3 })
    enter('a', 'in').admitted()
    enter('b', 'b1')
    const surplus = ['a1', 'a2', 'a3', 'a4'].map((name) => enter('a', name).surplus)
    expect(surplus).toEqual([false, false, false, false])
    expect(dropped).toEqual(['a1', 'a2'])
    expect(caps.counts()).toEqual({ open: 4, pending: 3 })
  })

  it('tell newcomers that there is no room where those that were admitted have it all, and leave them time to hear it', () => {
    const { dropped, enter } = door(50, { connectionsPerAddress: 2 })
    const first = enter('a', 'in1')
    first.admitted()
    enter('a', 'in2').admitted()
    expect(['a1', 'a2'].map((name) => enter('a', name).surplus)).toEqual([true, true])
    expect(dropped).toEqual([])
    first.leave()
    expect(enter('a', 'a3').surplus).toBe(false)
    expect(dropped).toEqual(['a1', 'a2'])
  })

  it('let those that wait make room for everybody where the agent is full', () => {
    const { dropped, enter } = door(50, { connections: 3 })
    enter('a', 'in').admitted()
    for (const name of ['b1', 'b2']) enter('b', name)
    expect(enter('c', 'c1').surplus).toBe(false)
    expect(dropped).toEqual(['b1'])
  })
})
