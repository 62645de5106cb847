/**
 * Everything in the shop, from a fixed seed. Invented: names are common, addresses lie in reserved domains, cards are
 * test numbers that pass the Luhn check, telephone numbers are from the range for fiction.
 */
import { type Random, seeded } from './random.js'
import { adjectives, familyNames, givenNames, nouns, remarks, titles } from './words.js'

export interface Rows {
  readonly customers: readonly object[]
  readonly products: readonly object[]
  readonly orders: readonly object[]
  readonly orderItems: readonly object[]
  readonly payroll: readonly object[]
}

interface Product {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly category: string
  readonly price_cents: number
  readonly stock: number
}

const sizes = { customers: 2_400, orders: 12_000, payroll: 48 }
const opened = Date.UTC(2023, 0, 2, 8)
const day = 86_400_000

export function makeRows(): Rows {
  const random = seeded(8_700)
  const products = makeProducts(random)
  const customers = Array.from({ length: sizes.customers }, (_, i) => makeCustomer(i + 1, random))
  const orderItems: Record<string, unknown>[] = []
  const orders = Array.from({ length: sizes.orders }, (_, i) => {
    const id = i + 1
    const items = makeItems(id, products, random)
    for (const item of items) orderItems.push({ id: orderItems.length + 1, ...item })
    return makeOrder(id, { total: items.reduce((sum, item) => sum + item.price_cents * item.quantity, 0), random })
  })
  return { customers, products, orders, orderItems, payroll: Array.from({ length: sizes.payroll }, (_, i) => makeSalary(i + 1, random)) }
}

function makeProducts(random: Random): readonly Product[] {
  return Object.entries(nouns).flatMap(([category, names], shelf) =>
    names.flatMap((name, place) =>
      adjectives.slice(0, 4).map((adjective, variant) => {
        const id = shelf * 100 + place * 4 + variant + 1
        return {
          id,
          sku: `${category.slice(0, 3).toUpperCase()}-${String(id).padStart(4, '0')}`,
          name: `${adjective} ${name}`,
          category,
          price_cents: 190 + random.next(250) * 100 + random.pick([0, 50, 90, 99]),
          stock: random.next(500),
        }
      }),
    ),
  )
}

function makeCustomer(id: number, random: Random): Record<string, unknown> {
  const [given, family] = [random.pick(givenNames), random.pick(familyNames)]
  const email = `${given}.${family}${id}@example.${random.pick(['com', 'org', 'net'])}`.toLowerCase()
  const phone = `+1-${201 + random.next(780)}-555-01${digits(2, random)}`
  return {
    id,
    name: `${given} ${family}`,
    email,
    phone,
    card_number: cardNumber(random),
    ssn: `${String(1 + random.next(665)).padStart(3, '0')}-${String(1 + random.next(99)).padStart(2, '0')}-${String(1 + random.next(9_999)).padStart(4, '0')}`,
    // Some notes repeat what another column holds, as notes do.
    notes: random.next(4) === 0 ? random.pick(remarks).replace('{email}', email).replace('{phone}', phone) : null,
    created_at: new Date(opened + random.next(600) * day + random.next(day)).toISOString(),
  }
}

function makeItems(
  order: number,
  products: readonly Product[],
  random: Random,
): readonly { order_id: number; product_id: number; quantity: number; price_cents: number }[] {
  return Array.from({ length: 1 + random.next(4) }, () => {
    const { id, price_cents } = random.pick(products)
    return { order_id: order, product_id: id, quantity: 1 + random.next(3), price_cents }
  })
}

function makeOrder(id: number, { total, random }: { total: number; random: Random }): Record<string, unknown> {
  const status = random.pick(['pending', 'paid', 'paid', 'shipped', 'delivered', 'delivered', 'delivered', 'refunded', 'cancelled'])
  return {
    id,
    customer_id: 1 + random.next(sizes.customers),
    // The order that documentation and tests speak of.
    status: id === 7 ? 'paid' : status,
    total_cents: total,
    note: random.next(12) === 0 ? random.pick(['gift wrap', 'leave at the door', 'call before delivery']) : null,
    created_at: new Date(opened + 600 * day + id * 4_000_000 + random.next(4_000_000)).toISOString(),
  }
}

function makeSalary(id: number, random: Random): Record<string, unknown> {
  return {
    id,
    employee: `${random.pick(givenNames)} ${random.pick(familyNames)}`,
    title: random.pick(titles),
    salary_cents: 3_200_00 + random.next(700) * 1_000,
    iban: `DE${digits(2, random)}0000${digits(14, random)}`,
    paid_on: new Date(opened + 900 * day).toISOString().slice(0, 10),
  }
}

function digits(count: number, random: Random): string {
  return Array.from({ length: count }, () => random.next(10)).join('')
}

/** Sixteen digits with a check digit as in ISO/IEC 7812-1, annex B. */
function cardNumber(random: Random): string {
  const body = `400000${digits(9, random)}`
  const sum = Array.from(body)
    .toReversed()
    .reduce((total, digit, i) => {
      const value = Number(digit) * (i % 2 === 0 ? 2 : 1)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return `${body}${(10 - (sum % 10)) % 10}`
}
