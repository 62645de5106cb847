import { describe, expect, it } from 'vitest'
import { propose } from './propose.js'

const many = <T>(count: number, make: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => make(i))

describe('labels proposed for a column', () => {
  it('come with counts, and with no value', () => {
    const values = ['jane@shop.com', null, '', 'bob@shop.com', 'li@shop.com', 'not given']
    const proposals = propose('notes', values)
    expect(proposals).toEqual([{ label: 'pii.email', detector: 'email', matched: 3, sampled: 4 }])
    expect(JSON.stringify(proposals)).not.toContain('shop')
  })

  it('are none where only chance could have it so', () => {
    const numbers = many(400, (i) => (i % 40 === 0 ? '4111111111111111' : `41111111111111${10 + (i % 80)}`.slice(0, 15)))
    expect(propose('reference', numbers)).toEqual([])
    expect(propose('name', ['Jane', 'Bob'])).toEqual([])
    expect(propose('empty', [])).toEqual([])
  })

  it('follow from the name of the column with fewer values, and never from the name alone', () => {
    expect(
      propose(
        'ssn',
        many(50, (i) => (i === 0 ? '219098765' : 'unknown')),
      ),
    ).toMatchObject([{ label: 'pii.ssn', matched: 1, sampled: 50 }])
    expect(
      propose(
        'reference',
        many(50, () => '219098765'),
      ),
    ).toEqual([])
    expect(
      propose(
        'ssn',
        many(50, () => 'unknown'),
      ),
    ).toEqual([])
  })

  it('need a single value for a secret', () => {
    const values = many(1000, (i) => (i === 500 ? 'deploy with AKIAABCDEFGH23456777 please' : 'done'))
    expect(propose('comment', values)).toMatchObject([{ label: 'secret.key', detector: 'aws_key', matched: 1 }])
  })

  it('stop reading after ten thousand values', () => {
    let read = 0
    function* endless() {
      for (;;) yield `user${read++}@shop.com`
    }
    expect(propose('login', endless())[0]).toMatchObject({ label: 'pii.email', sampled: 10_000 })
    expect(read).toBeLessThan(10_010)
  })
})
