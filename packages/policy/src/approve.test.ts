import type { ApproverNeed, Principal } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { principal } from '../test/fixtures.js'
import { stillNeeded, whyNotApprover } from './index.js'

const need = (groups: readonly string[], count = 1, principals: readonly string[] = []): ApproverNeed => ({ groups, principals, count })
const person = (name: string, groups: readonly string[] = ['dba'], more: Partial<Principal> = {}): Principal =>
  principal({ subject: name, name, kind: 'human', groups, ...more })
const agent = principal()
const asks = (needs: readonly ApproverNeed[], requester: Principal = agent, chain: readonly Principal[] = []) => ({
  needs,
  requester: { principal: requester, chain },
})

describe('who may approve', () => {
  it('is a person whom the policy names by group or by name', () => {
    expect(whyNotApprover(asks([need(['dba'])]), person('dana'))).toBeUndefined()
    expect(whyNotApprover(asks([need([], 1, ['dana'])]), person('dana', []))).toBeUndefined()
    expect(whyNotApprover(asks([need(['dba'], 2), need(['security'])]), person('eve', ['developers']))).toBe(
      'this is decided by 2 of dba and security',
    )
  })

  it('is nobody of another provider that has a group of the same name', () => {
    const stranger = person('dana', ['dba'], { provider: 'corp', primary: false })
    expect(whyNotApprover(asks([need(['dba'])]), stranger)).toContain('decided by dba')
    expect(whyNotApprover(asks([need(['corp/dba'])]), stranger)).toBeUndefined()
  })

  it('is never whoever asks, nobody they act for, not the same person under another name, not the owner', () => {
    const dana = person('dana')
    expect(whyNotApprover(asks([need(['dba'])], dana), dana)).toContain('themselves')
    expect(whyNotApprover(asks([need(['dba'])], agent, [dana]), dana)).toContain('themselves')
    const twice = person('dana-at-corp', ['dba'], { person: 'dana@example.com' })
    expect(whyNotApprover(asks([need(['dba'])], person('d', [], { person: 'dana@example.com' })), twice)).toContain('themselves')
    const owned = principal({ owner: 'dana@example.com' })
    expect(whyNotApprover(asks([need(['dba'])], owned), twice)).toContain('answer')
    expect(whyNotApprover(asks([need(['dba'])], principal({ owner: 'dana' })), dana)).toContain('answer')
  })

  it('is nobody of another provider who may be the person who asks', () => {
    const corp = person('dana', ['dba'], { provider: 'corp', primary: false })
    expect(whyNotApprover(asks([need(['corp/dba'])], person('somebody', [])), corp)).toContain('themselves')
    const known = { ...corp, person: 'dana@example.com' }
    expect(whyNotApprover(asks([need(['corp/dba'])], person('x', [], { person: 'x@example.com' })), known)).toBeUndefined()
  })

  it('is no program, unless the policy names it', () => {
    const bot = principal({ subject: 'bot', name: 'bot', kind: 'service', groups: ['dba'] })
    expect(whyNotApprover(asks([need(['dba'])]), bot)).toContain('only a person')
    expect(whyNotApprover(asks([need(['dba'], 1, ['bot'])]), bot)).toBeUndefined()
  })
})

describe('when enough have approved', () => {
  it('counts people, not groups', () => {
    const both = person('dana', ['dba', 'security'])
    const needs = [need(['dba']), need(['security'])]
    expect(stillNeeded(needs, [both])).toHaveLength(1)
    expect(stillNeeded(needs, [both, person('dave')])).toEqual([])
    expect(stillNeeded(needs, [person('dave'), both])).toEqual([])
    expect(stillNeeded([need(['dba'], 2)], [both, both])).toEqual([need(['dba'], 1)])
  })

  it('counts two names of one person, or of who may be one, once', () => {
    const one = person('dana', ['dba'], { person: 'd@example.com' })
    const other = person('dana2', ['dba'], { person: 'd@example.com' })
    expect(stillNeeded([need(['dba'], 2)], [one, other])).toEqual([need(['dba'], 1)])
    const corp = person('dave', ['dba'], { provider: 'corp' })
    expect(stillNeeded([need(['dba', 'corp/dba'], 2)], [person('dana'), corp])).toHaveLength(1)
  })
})
