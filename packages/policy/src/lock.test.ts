import type { Lock, LockTarget } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { identity, principal } from '../test/fixtures.js'
import { lockFor } from './index.js'

const lock = (target: LockTarget, expiresAt?: number): Lock => ({
  id: 'lck_1',
  target,
  message: 'locked',
  ...(expiresAt !== undefined && { expiresAt }),
})
const alice = principal({ provider: 'corp', subject: '00u1', name: 'alice', groups: ['dba'], primary: false })
const who = identity({}, [alice])

function hits(target: LockTarget, now = 100, expiresAt?: number): boolean {
  return lockFor(who, { name: 'shop' }, 'agt_1', [lock(target, expiresAt)], now) !== undefined
}

describe('a lock', () => {
  it.each<[LockTarget, boolean]>([
    [{ kind: 'principal', name: 'billing-agent' }, true],
    [{ kind: 'principal', name: 'billing-agent', provider: 'demo' }, true],
    [{ kind: 'principal', name: 'billing-agent', provider: 'corp' }, false],
    [{ kind: 'principal', name: 'alice' }, true],
    [{ kind: 'principal', name: '00u1', provider: 'corp' }, true],
    [{ kind: 'principal', name: 'dana' }, false],
    [{ kind: 'group', name: 'ai-agents' }, true],
    [{ kind: 'group', name: 'dba' }, true],
    [{ kind: 'group', name: 'dba', provider: 'demo' }, false],
    [{ kind: 'token', id: 'token-1' }, true],
    [{ kind: 'token', id: 'token-2' }, false],
    [{ kind: 'resource', name: 'shop' }, true],
    [{ kind: 'resource', name: 'shop-api' }, false],
    [{ kind: 'agent', id: 'agt_1' }, true],
    [{ kind: 'agent', id: 'agt_2' }, false],
  ])('%j hits: %s', (target, expected) => {
    expect(hits(target)).toBe(expected)
  })

  it('ends when it expires', () => {
    const target: LockTarget = { kind: 'token', id: 'token-1' }
    expect([hits(target, 99, 100), hits(target, 100, 100), hits(target, 101, 100)]).toEqual([true, false, false])
  })

  it('on a resource hits nobody before a resource is named', () => {
    expect(lockFor(who, undefined, 'agt_1', [lock({ kind: 'resource', name: 'shop' })], 0)).toBeUndefined()
  })

  it('is told, the first that hits', () => {
    const locks = [lock({ kind: 'agent', id: 'other' }), { ...lock({ kind: 'agent', id: 'agt_1' }), id: 'lck_2' }]
    expect(lockFor(who, undefined, 'agt_1', locks, 0)?.id).toBe('lck_2')
  })
})
