import { hashRecord } from '@sallyport/audit'
import { array, assert, integer, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameSize, writeFrame } from './frames.js'
import type { Tip } from './store.js'
import { createTail } from './tail.js'

const start: Tip = { sequence: 10, hash: 'start' }
const record = (sequence: number): Buffer => Buffer.from(`record ${sequence}`.padEnd(20 + (sequence % 7), '.'))
const tipAt = (sequence: number): Tip => (sequence === start.sequence ? start : { sequence, hash: hashRecord(record(sequence)) })

/** Batches of these sizes, one after the other. */
function written(sizes: readonly number[], maxBytes: number) {
  const tail = createTail(start, maxBytes)
  let last = start.sequence
  for (const count of sizes) {
    const records = Array.from({ length: count }, (_, i) => record(last + 1 + i))
    const frames = Buffer.alloc(records.reduce((sum, { length }) => sum + frameSize(length), 0))
    let end = 0
    for (const one of records) end = writeFrame(frames, end, one)
    last += count
    tail.add(tipAt(last), frames)
  }
  return { tail, last }
}

describe('the tail of a spool', () => {
  it('answers every run that it holds as it was written, whatever the sizes', () => {
    assert(
      property(
        array(integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
        nat(200),
        integer({ min: 1, max: 900 }),
        (sizes, from, maxBytes) => {
          const { tail, last } = written(sizes, 1_000_000)
          const after = start.sequence + (from % (last - start.sequence))
          const run = tail.read(after, { maxBytes, last })!
          const sequences = run.records.map((_, i) => after + 1 + i)
          expect(run.records.map(String)).toEqual(sequences.map((sequence) => record(sequence).toString()))
          expect(run.tip).toEqual(tipAt(sequences.at(-1)!))
          expect(run.previous ?? tipAt(after)).toEqual(tipAt(after))
          const size = run.records.reduce((sum, { length }) => sum + length, 0)
          expect(run.records.length === 1 || size <= maxBytes).toBe(true)
          const more = run.tip.sequence < last && size + record(run.tip.sequence + 1).length <= maxBytes
          expect(more).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('tells nothing beyond what is durable', () => {
    const { tail } = written([3, 2, 4], 1_000_000)
    expect(tail.read(10, { maxBytes: 1_000_000, last: 13 })?.tip).toEqual(tipAt(13))
    expect(tail.read(11, { maxBytes: 1_000_000, last: 15 })?.tip).toEqual(tipAt(15))
    expect(tail.read(13, { maxBytes: 1_000_000, last: 13 })).toBeUndefined()
  })

  it('has what it was told to forget no more, and the rest still', () => {
    const { tail, last } = written([3, 2, 4], 1_000_000)
    tail.forget(14)
    expect(tail.read(10, { maxBytes: 10, last })).toBeUndefined()
    expect(tail.read(13, { maxBytes: 1_000, last })?.tip).toEqual(tipAt(last))
    tail.forget(last)
    expect(tail.read(13, { maxBytes: 10, last })).toBeUndefined()
  })

  it('forgets its oldest part when it grows beyond its bounds, however long it grows', () => {
    const { tail, last } = written(
      Array.from({ length: 5_000 }, () => 3),
      2_000,
    )
    expect(tail.read(10, { maxBytes: 10, last })).toBeUndefined()
    expect(tail.read(last - 100, { maxBytes: 10, last })).toBeUndefined()
    const run = tail.read(last - 20, { maxBytes: 10_000, last })
    expect(run?.records).toHaveLength(20)
  })
})
