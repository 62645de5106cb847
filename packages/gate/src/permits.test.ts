import type { Allow, CloseReason, Outcome } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { createPermits } from './permits.js'

const allow: Allow = { kind: 'allow', rules: [], shadow: [], obligations: [], record: 'buffered' }
const unit = { actions: [], exact: [], context: {} }
const revoked: CloseReason = { code: 'revoked', message: 'no longer allowed' }
const locked: CloseReason = { code: 'locked', message: 'locked' }

function open() {
  const ended: Outcome[] = []
  const permits = createPermits({ now: () => 0, ended: (_, outcome) => ended.push(outcome) })
  return { permits, ended, entry: permits.open('stm_1', unit, allow) }
}

describe('a permit', () => {
  it('tells its listener and its signal that it lapsed, once, with the first reason', () => {
    const { entry } = open()
    const heard: CloseReason[] = []
    const { signal } = entry.permit
    entry.permit.onLapse((reason) => heard.push(reason))
    entry.lapse(revoked)
    entry.lapse(locked)
    expect(heard).toEqual([revoked])
    expect([signal.aborted, signal.reason]).toEqual([true, revoked])
  })

  it('tells who asks only after it lapsed', () => {
    const { entry } = open()
    entry.lapse(revoked)
    const heard: CloseReason[] = []
    entry.permit.onLapse((reason) => heard.push(reason))
    expect(heard).toEqual([revoked])
    expect(entry.permit.signal.reason).toEqual(revoked)
    expect(entry.lapsed()).toEqual(revoked)
  })

  it('ends once, and is open to no lapse after that', () => {
    const { permits, ended, entry } = open()
    entry.grant().done({ status: 'ok' })
    entry.permit.done({ status: 'failed' })
    expect(ended).toEqual([{ status: 'ok' }])
    expect([...permits.all()]).toEqual([])
  })

  it('is abandoned as unknown where it was granted, as cancelled where it was not', () => {
    const { permits, ended, entry } = open()
    entry.grant()
    permits.open('stm_2', unit, allow)
    permits.abandon()
    expect(ended).toEqual([{ status: 'unknown' }, { status: 'cancelled' }])
  })
})
