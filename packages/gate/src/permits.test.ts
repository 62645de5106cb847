import type { Allow, CloseReason, Outcome } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { createPermits } from './permits.js'

const allow: Allow = { kind: 'allow', rules: [], shadow: [], obligations: [], record: 'buffered' }
const unit = { actions: [], exact: [], context: {} }
const revoked: CloseReason = { code: 'revoked', message: 'no longer allowed' }
const locked: CloseReason = { code: 'locked', message: 'locked' }

function open() {
  const ended: Outcome[] = []
  const permits = createPermits({ ended: (_, outcome) => ended.push(outcome) })
  return { permits, ended, entry: permits.open({ statement: 'stm_1', unit, since: 0, allow }) }
}

describe('a permit', () => {
  it('tells its listener that it lapsed, once, with the first reason', () => {
    const { entry } = open()
    const heard: CloseReason[] = []
    entry.onLapse((reason) => heard.push(reason))
    entry.lapse(revoked)
    entry.lapse(locked)
    expect(heard).toEqual([revoked])
  })

  it('tells who asks only after it lapsed', () => {
    const { entry } = open()
    entry.lapse(revoked)
    const heard: CloseReason[] = []
    entry.onLapse((reason) => heard.push(reason))
    expect(heard).toEqual([revoked])
    expect(entry.lapsed()).toEqual(revoked)
  })

  it('ends once, and is open to no lapse after that', () => {
    const { permits, ended, entry } = open()
    entry.grant().done({ status: 'ok' })
    entry.done({ status: 'failed' })
    expect(ended).toEqual([{ status: 'ok' }])
    expect(permits.all()).toEqual([])
  })

  it('ends by itself, whichever of those that are open it is', () => {
    const { permits, ended, entry } = open()
    const second = permits.open({ statement: 'stm_2', unit, since: 0, allow })
    const third = permits.open({ statement: 'stm_3', unit, since: 0, allow })
    second.done({ status: 'ok' })
    expect(permits.all().map(({ statement }) => statement)).toEqual(['stm_1', 'stm_3'])
    entry.done({ status: 'failed' })
    third.done({ status: 'cancelled' })
    expect([ended, permits.all()]).toEqual([[{ status: 'ok' }, { status: 'failed' }, { status: 'cancelled' }], []])
  })

  it('is abandoned as unknown where it was granted, as cancelled where it was not', () => {
    const { permits, ended, entry } = open()
    entry.grant()
    permits.open({ statement: 'stm_2', unit, since: 0, allow })
    permits.abandon()
    expect(ended).toEqual([{ status: 'unknown' }, { status: 'cancelled' }])
  })
})
