import { describe, expect, it } from 'vitest'
import { scopeOf, type Binding } from './caller.js'

const admin: Binding = { role: 'admin' }
const viewer: Binding = { role: 'viewer' }
const operator = (labels: Record<string, string>): Binding => ({ role: 'operator', labels })

describe('who acts for somebody', () => {
  it('may what both may, and no more', () => {
    const caller = { bindings: [admin], delegators: [[viewer]] }
    expect(scopeOf(caller, 'resource.read')).toBe('all')
    expect(scopeOf(caller, 'resource.write')).toEqual([])
    expect(scopeOf({ bindings: [viewer], delegators: [[admin]] }, 'resource.write')).toEqual([])
  })

  it('may nothing where one of several in between may not', () => {
    expect(scopeOf({ bindings: [admin], delegators: [[admin], [], [admin]] }, 'resource.read')).toEqual([])
  })

  it('keeps the narrower labels, of either side', () => {
    const scoped = operator({ env: 'dev' })
    expect(scopeOf({ bindings: [admin], delegators: [[scoped]] }, 'resource.write')).toEqual([{ env: 'dev' }])
    expect(scopeOf({ bindings: [scoped], delegators: [[admin]] }, 'resource.write')).toEqual([{ env: 'dev' }])
    expect(scopeOf({ bindings: [scoped], delegators: [[admin]] }, 'policy.write')).toEqual([])
  })

  it('needs the labels of both sides on one record; what no record can hold is nothing', () => {
    const bindings = [operator({ env: 'dev' }), operator({ team: 'red' })]
    const delegators = [[operator({ env: 'prod' }), operator({ team: 'red' })]]
    expect(scopeOf({ bindings, delegators }, 'resource.write')).toEqual([
      { env: 'dev', team: 'red' },
      { team: 'red', env: 'prod' },
      { team: 'red' },
    ])
    expect(scopeOf({ bindings: [operator({ env: 'dev' })], delegators: [[operator({ env: 'prod' })]] }, 'resource.write')).toEqual([])
  })
})
