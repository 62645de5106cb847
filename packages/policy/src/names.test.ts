import { describe, expect, it } from 'vitest'
import { principal } from '../test/fixtures.js'
import { includesGroup, includesPrincipal, names } from './names.js'

const corp = principal({ provider: 'corp', primary: false, subject: '00u1', name: 'alice', groups: ['dba', '/team/x'] })
const demo = principal({ subject: 'alice', name: 'alice', groups: ['dba'] })

describe('a bare name', () => {
  it('opens only to the primary provider, and closes to every one', () => {
    const list = names(['dba'])
    expect([includesGroup(list, demo, 'primary'), includesGroup(list, corp, 'primary')]).toEqual([true, false])
    expect([includesGroup(list, demo, 'any'), includesGroup(list, corp, 'any')]).toEqual([true, true])
  })

  it('opens by subject alone, and closes by the displayed name too', () => {
    const renamed = principal({ subject: 'mallory', name: 'alice' })
    expect(includesPrincipal(names(['alice']), renamed, 'primary')).toBe(false)
    expect(includesPrincipal(names(['alice']), renamed, 'any')).toBe(true)
    expect(includesPrincipal(names(['alice']), demo, 'primary')).toBe(true)
  })

  it('may hold slashes', () => {
    expect(includesGroup(names(['/team/x']), corp, 'any')).toBe(true)
    expect(includesGroup(names(['corp//team/x']), corp, 'primary')).toBe(true)
  })
})

describe('a spelled name', () => {
  it('means one provider, whatever it is for', () => {
    const list = names(['corp/dba'])
    expect([includesGroup(list, corp, 'primary'), includesGroup(list, demo, 'primary'), includesGroup(list, demo, 'any')]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('that is really a group with a slash still closes', () => {
    const slashed = principal({ groups: ['team/dba'] })
    expect(includesGroup(names(['team/dba']), slashed, 'any')).toBe(true)
    expect(includesGroup(names(['team/dba']), slashed, 'primary')).toBe(false)
  })
})
