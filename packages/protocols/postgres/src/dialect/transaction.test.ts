import { expect, test } from 'vitest'
import type { TransactionStatus } from '../codec/index.js'
import { type Batch, createBatch } from './batch.js'
import type { Session } from './session.js'
import { createTransaction, type TimeLimits } from './transaction.js'

function world(began: TimeLimits = {}) {
  const session = { status: 'I', inFlight: [] } as unknown as { status: TransactionStatus; inFlight: Batch[] }
  const transaction = createTransaction(session as unknown as Session, began)
  const batch = (traits: Partial<Batch>) => ({ ...createBatch(), ...traits })
  return {
    session,
    transaction,
    batch,
    ran: (traits: Partial<Batch>, status: TransactionStatus) => {
      session.status = status
      transaction.ended(batch(traits))
      return transaction.state(undefined)
    },
  }
}

test('a transaction is open once something ran in it, and until it has ended', () => {
  const { ran } = world()
  expect(ran({ works: true }, 'I')).toBe('none')
  expect(ran({ begins: true }, 'T')).toBe('none')
  expect(ran({}, 'T')).toBe('none')
  expect(ran({ works: true }, 'T')).toBe('open')
  expect(ran({}, 'T')).toBe('open')
  expect(ran({ works: true }, 'I')).toBe('none')
  expect(ran({ works: true, begins: true }, 'T')).toBe('open')
})

test('a transaction that failed is open, also after what failed was undone', () => {
  const { ran } = world()
  ran({ begins: true }, 'T')
  expect(ran({ error: '42601' }, 'E')).toBe('open')
  expect(ran({ works: true }, 'T')).toBe('open')
})

test('of what is still on its way the worst is told', () => {
  const { session, transaction, batch } = world()
  session.inFlight.push(batch({ works: true }))
  expect(transaction.state(undefined)).toBe('none')
  session.inFlight.unshift(batch({ begins: true }))
  expect(transaction.state(undefined)).toBe('open')
  const flushed = batch({ works: true })
  session.inFlight.splice(0, 2, flushed)
  expect(transaction.state(flushed)).toBe('open')
  flushed.works = false
  expect(transaction.state(flushed)).toBe('none')
})

test('the least of the limits that count here and now is told, of idleness a little less', () => {
  const limits = { statement_timeout: 60_000, idle_in_transaction_session_timeout: 10_000, idle_session_timeout: 100_000, lock_timeout: 1 }
  const { ran, transaction } = world(limits)
  expect(transaction.patience()).toBe(60_000)
  ran({ begins: true }, 'T')
  expect(transaction.patience()).toBe(9000)
  expect(world().transaction.patience()).toBeUndefined()
})

test('limits follow SET, SET LOCAL and RESET; what failed set nothing', () => {
  const { ran, transaction } = world({ statement_timeout: 60_000 })
  const set = (to: number | undefined, local = false) => ({ timeouts: [{ name: 'statement_timeout', to, local }] })
  ran(set(500), 'I')
  expect(transaction.patience()).toBe(500)
  ran({ ...set(100), error: '22023' }, 'I')
  expect(transaction.patience()).toBe(500)
  ran(set(200, true), 'T')
  expect(transaction.patience()).toBe(200)
  ran({}, 'I')
  expect(transaction.patience()).toBe(500)
  ran(set(undefined), 'I')
  expect(transaction.patience()).toBe(60_000)
  ran(set(0), 'I')
  expect(transaction.patience()).toBeUndefined()
  ran({ timeouts: [{ name: undefined, to: undefined, local: false }] }, 'I')
  expect(transaction.patience()).toBe(60_000)
})

test('what set the isolation is told: of the session, of its transaction, and while it is on its way', () => {
  const { ran, session, transaction, batch } = world()
  const by = (text: string, local: boolean) => ({ isolation: { by: text, local } })
  expect(transaction.isolation()).toBeUndefined()
  ran(by('set default_transaction_isolation to serializable', false), 'I')
  ran({ ...by('begin isolation level repeatable read', true), begins: true }, 'T')
  expect(transaction.isolation()).toBe('begin isolation level repeatable read')
  ran({}, 'I')
  expect(transaction.isolation()).toBe('set default_transaction_isolation to serializable')
  session.inFlight.push(batch(by('begin isolation level read committed', true)), batch({ works: true }))
  expect(transaction.isolation()).toBe('begin isolation level read committed')
  session.inFlight.length = 0
  ran({ isolation: { by: undefined, local: false } }, 'I')
  expect(transaction.isolation()).toBeUndefined()
})
