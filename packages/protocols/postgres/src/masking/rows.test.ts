import { createGrowing, type Growing, reserve, take, WireError } from '@sallyport/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MaskKind } from '@sallyport/core'
import { type CellMask, createCells } from './cells.js'
import { type ColumnMask, createRowMask, mostRow } from './rows.js'
import { rows as types } from './types.js'

type Cell = Uint8Array | null

function rowOf(cells: readonly Cell[]): Buffer {
  const parts = cells.map((cell) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(cell ? cell.length : -1)
    return Buffer.concat([length, cell ?? Buffer.alloc(0)])
  })
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(7)
  head[0] = 0x44
  head.writeInt32BE(body.length + 6, 1)
  head.writeInt16BE(cells.length, 5)
  return Buffer.concat([head, body])
}

const upper: CellMask = {
  write(source, start, end, out) {
    if (start === end) return false
    // Twice as long, so that memory has to grow under way.
    const text = Buffer.from(source.subarray(start, end)).toString('latin1').toUpperCase().repeat(2)
    growTo(out, text)
    return true
  },
}

function growTo(out: Growing, text: string): void {
  reserve(out, text.length)
  out.bytes.set(Buffer.from(text, 'latin1'), out.at)
  out.at += text.length
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('a row', () => {
  it('goes over with its masked cells replaced, NULLs kept and its length right', () => {
    const mask = createRowMask([undefined, { mask: upper }, undefined, { mask: upper }, { mask: upper }])
    const row = rowOf([bytes('a'), bytes('b'), null, null, bytes('')])
    const out = createGrowing()
    mask.rewrite(row, 0, row.length, out)
    expect(Buffer.from(take(out))).toEqual(rowOf([bytes('a'), bytes('BB'), null, null, null]))
  })

  it('is what it would be alone, wherever it stands in a chunk and in what is written', () => {
    const cell = fc.option(fc.uint8Array({ maxLength: 100 }), { nil: null })
    const kind = fc.constantFrom('pass', 'mask', 'shown', 'found')
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, kind), { maxLength: 8 }), fc.array(fc.array(cell), { maxLength: 3 }), (columns, others) => {
        const masks = columns.map(([, does]): ColumnMask =>
          does === 'pass'
            ? undefined
            : does === 'mask'
              ? { mask: upper }
              : { scan: { find: () => (does === 'found' ? upper : undefined) } },
        )
        const before = Buffer.concat(others.map(rowOf))
        const row = rowOf(columns.map(([value]) => value))
        const out = createGrowing()
        growTo(out, 'before')
        createRowMask(masks).rewrite(Buffer.concat([before, row, before]), before.length, before.length + row.length, out)
        const expected = columns.map(([value, does]) => {
          if (value === null || does === 'pass' || does === 'shown') return value
          return value.length === 0 ? null : bytes(Buffer.from(value).toString('latin1').toUpperCase().repeat(2))
        })
        expect(Buffer.from(take(out))).toEqual(Buffer.concat([bytes('before'), rowOf(expected)]))
      }),
    )
  })

  it('that is not built as the protocol says is refused, and nothing of it is written', () => {
    const mask = createRowMask([undefined, { mask: upper }])
    const row = rowOf([bytes('a'), bytes('secret')])
    const wrong = [
      row.subarray(0, 6),
      row.subarray(0, row.length - 1),
      Buffer.concat([row, bytes('x')]),
      rowOf([bytes('a')]),
      rowOf([bytes('a'), bytes('b'), bytes('c')]),
      changed(row, (copy) => copy.writeInt32BE(-2, 7)),
      changed(row, (copy) => copy.writeInt32BE(0x7fffffff, 7)),
      changed(row, (copy) => copy.writeInt32BE(2, 7)),
    ]
    for (const bad of wrong) {
      const out = createGrowing()
      growTo(out, 'good')
      expect(() => mask.rewrite(bad, 0, bad.length, out)).toThrow(expect.objectContaining({ kind: 'malformed' }))
      expect(Buffer.from(take(out)).toString()).toBe('good')
    }
  })

  it('never throws anything but what the wire throws, and writes rows, for any bytes', () => {
    const cells = createCells([{ epoch: 1, key: new Uint8Array(32) }])
    const kinds: readonly MaskKind[] = ['redact', 'hash', { partial: { keep: 'last' } }, { partial: { keep: 'year' } }]
    const oids = types.flatMap(([, oid, array]) => [oid, array]).concat(17, 600)
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      arrayLike,
      fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', ',', 'a', '[', '=') }).map(bytes),
    )
    fc.assert(
      fc.property(
        junk,
        fc.constantFrom(...oids),
        fc.constantFrom(...kinds),
        fc.constantFrom(0, 1),
        fc.boolean(),
        (value, type, as, format, whole) => {
          const mask = createRowMask([{ mask: cells.mask({ type, typmod: -1, format }, as) }])
          const row = whole ? rowOf([value]) : Buffer.concat([bytes('D'), value])
          const out = createGrowing()
          const failed = attempt(() => mask.rewrite(row, 0, row.length, out))
          expect(failed === undefined || failed instanceof WireError).toBe(true)
          // What comes out is a row again.
          const written = take(out)
          const again = createGrowing()
          const reread = attempt(() => createRowMask([{ mask: upper }]).rewrite(written, 0, written.length, again))
          expect(failed ?? reread).toBe(failed)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('is refused when it is larger than it may be, before or after', () => {
    const half = rowOf([Buffer.alloc(mostRow / 2, 'a')])
    const out = createGrowing()
    expect(() => createRowMask([{ mask: upper }]).rewrite(half, 0, half.length, out)).toThrow(
      expect.objectContaining({ kind: 'too_large' }),
    )
    const large = rowOf([Buffer.alloc(mostRow), null])
    expect(() => createRowMask([undefined, { mask: upper }]).rewrite(large, 0, large.length, out)).toThrow(
      expect.objectContaining({ kind: 'too_large' }),
    )
    expect(take(out)).toHaveLength(0)
  })
})

/** What an array in binary could be, with wrong counts and lengths. */
const arrayLike = fc
  .tuple(
    fc.nat(8),
    fc.nat(1),
    fc.constantFrom(...types.map(([, oid]) => oid)),
    fc.array(fc.oneof(fc.nat(5), fc.integer()), { maxLength: 12 }),
  )
  .map(([dimensions, nulls, type, more]) => {
    const values = [dimensions, nulls, type, ...more]
    const buffer = Buffer.alloc(values.length * 4)
    for (const [i, value] of values.entries()) buffer.writeInt32BE(value, i * 4)
    return buffer
  })

function changed(row: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(row)
  change(copy)
  return copy
}

function attempt(act: () => void): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}
