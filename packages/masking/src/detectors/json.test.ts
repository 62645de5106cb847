import { createGrowing, reserve, take } from '@sallyport/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TextMask } from '../transforms/text.js'
import { createContentScan } from './mask.js'
import { createDetectors } from './scan.js'

/** Keeps the last four bytes, as `partial` does. */
const last: TextMask = {
  write(source, start, end, out) {
    const kept = Math.max(start, end - 4)
    reserve(out, 7)
    out.bytes.set(Buffer.from('***'), out.at)
    out.bytes.set(source.subarray(kept, end), out.at + 3)
    out.at += 3 + end - kept
    return true
  },
}

const detectors = ['email', 'card', 'credential', 'connection_string', 'private_key']
const secrets = [
  'jane@shop.com',
  '4111 1111 1111 1111',
  'password=hunter2"x\\',
  'postgres://a:b12345@c/d"',
  '-----BEGIN PRIVATE KEY-----\n"\\',
]
const piece = fc.oneof(
  fc.constantFrom(...secrets),
  fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é', '🎉', '@', '{', '1', '\u0000') }),
)
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(' '))
const leaf = fc.oneof(
  text,
  fc.constant(4111111111111111),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const document = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(text, tie('value'), { maxKeys: 3 })),
})).value

/** As `json` keeps it: any character may have been written as an escape. */
const escaped = (json: string, every: number) =>
  json.replaceAll(/[a-z@:]/g, (char, at: number) => {
    const inEscape = json[at - 1] === '\\' || !isInString(json, at)
    return at % every === 0 && !inEscape ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char
  })

function isInString(json: string, at: number): boolean {
  let inside = false
  for (let i = 0; i < at; i++) {
    if (json[i] === '\\') i++
    else if (json[i] === '"') inside = !inside
  }
  // Not within an escape of four digits either.
  return inside && !/\\u[0-9a-f]{0,3}$/.test(json.slice(0, at))
}

describe('JSON in which something was found', () => {
  it('stays JSON of the same shape, and nothing is found in it again', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 9 }), (value, every) => {
        const source = Buffer.from(escaped(JSON.stringify(value), every))
        expect(JSON.parse(source.toString())).toEqual(JSON.parse(JSON.stringify(value)))
        const mask = createContentScan([{ detectors, as: 'redact' }], { maskOf: () => last, json: true }).find(source, 0, source.length)
        if (!mask) return
        const out = createGrowing()
        mask.write(source, 0, source.length, out)
        const shown = Buffer.from(take(out)).toString()
        expect(shapeOf(JSON.parse(shown))).toEqual(shapeOf(value))
        expect(createDetectors(['email', 'card', 'connection_string']).scan(shown)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

/** Kinds of values in their places; keys may have been masked. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  return typeof value === 'object' && value !== null ? 'object' : typeof value
}
