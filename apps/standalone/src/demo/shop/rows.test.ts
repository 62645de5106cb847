import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeRows } from './rows.js'

const rows = makeRows()

it('makes the same shop every time', () => {
  const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
  expect(digest(makeRows())).toBe(digest(rows))
})

it('is large enough, and order 7 is paid', () => {
  expect(rows.customers.length).toBeGreaterThanOrEqual(2_000)
  expect(rows.orders.length).toBeGreaterThanOrEqual(10_000)
  expect(rows.orders[6]).toMatchObject({ id: 7, status: 'paid' })
})

it('has card numbers that pass the Luhn check, and e-mail in reserved domains only', () => {
  for (const row of rows.customers) {
    const { card_number, email } = row as { card_number: string; email: string }
    const sum = Array.from(card_number)
      .toReversed()
      .map(Number)
      .map((digit, i) => (i % 2 === 0 ? digit : ((digit * 2) % 10) + Math.floor((digit * 2) / 10)))
    expect(sum.reduce((a, b) => a + b, 0) % 10).toBe(0)
    expect(email).toMatch(/^[a-z0-9.]+@example\.(com|org|net)$/)
  }
})

it('sums every order from its items', () => {
  const totals = new Map<number, number>()
  for (const item of rows.orderItems) {
    const { order_id, quantity, price_cents } = item as { order_id: number; quantity: number; price_cents: number }
    totals.set(order_id, (totals.get(order_id) ?? 0) + quantity * price_cents)
  }
  for (const row of rows.orders) {
    const { id, total_cents } = row as { id: number; total_cents: number }
    expect(total_cents).toBe(totals.get(id))
  }
})
