import type { MaskKind } from '@sallyport/core'
import { createGrowing, reserve, take } from '@sallyport/wire'
import { describe, expect, it } from 'vitest'
import type { TextMask } from '../transforms/text.js'
import { type ContentOptions, createContentScan, maskFound } from './mask.js'
import { createDetectors } from './scan.js'

/** Writes `<kind length>`, so that what it was asked to mask shows. */
const maskOf = (kind: MaskKind): TextMask => ({
  write(_source, start, end, out) {
    const text = Buffer.from(`<${typeof kind === 'string' ? kind : 'partial'} ${end - start}>`)
    reserve(out, text.length)
    out.bytes.set(text, out.at)
    out.at += text.length
    return true
  },
})

function shown(
  text: string,
  rules: Parameters<typeof createContentScan>[0],
  options: Partial<ContentOptions> = {},
): string | null | undefined {
  const scan = createContentScan(rules, { maskOf, ...options })
  const source = Buffer.from(`__${text}__`)
  const mask = scan.find(source, 2, source.length - 2)
  if (!mask) return undefined
  const out = createGrowing()
  return mask.write(source, 2, source.length - 2, out) ? Buffer.from(take(out)).toString() : null
}

const redact = [{ detectors: ['email'], as: 'redact' as const }]

describe('a value in which something was found', () => {
  it('keeps the text around it', () => {
    expect(shown('Señora jane@shop.com rief an 🎉', redact)).toBe('Señora <redact 13> rief an 🎉')
    expect(shown('jane@shop.com', redact)).toBe('<redact 13>')
  })

  it('is not touched where nothing was found', () => {
    expect(shown('jane at shop', redact)).toBeUndefined()
    expect(shown('', redact)).toBeUndefined()
  })

  it('is NULL under nullify, whatever else was found', () => {
    expect(shown('x jane@shop.com 4111 1111 1111 1111', [...redact, { detectors: ['card'], as: 'nullify' }])).toBeNull()
  })

  it('is masked by the strongest of the rules that found it', () => {
    const rules = [
      { detectors: ['email'], as: { partial: { keep: 'domain' as const } } },
      { detectors: ['email'], as: 'hash' as const },
    ]
    expect(shown('to jane@shop.com', rules)).toBe('to <hash 13>')
  })

  it('stays JSON where it was JSON', () => {
    const rules = [{ detectors: ['email', 'card'], as: 'hash' as const }]
    expect(shown('{"a":"hi jane@shop.com","card":4111111111111111}', rules, { json: true })).toBe('{"a":"hi <hash 13>","card":0}')
    expect(shown('["x jane\\u0040shop.com"]', rules, { json: true })).toBe('["x ***"]')
    expect(shown('["x\\njane@shop.com"]', rules, { json: true })).toBe('["x***"]')
  })

  it('counts as found where nobody looked', () => {
    const long = `head ${'x'.repeat(70_000)} tail`
    expect(shown(long, redact)).toBe(`${long.slice(0, 31 * 1024)}***${long.slice(-31 * 1024)}`)
    const budget = { left: 20 }
    expect(shown('jane@shop.com', redact, { budget })).toBe('<redact 13>')
    expect(shown('no@such', redact, { budget })).toBeUndefined()
    expect(shown('x@y.zz', redact, { budget })).toBeUndefined()
    expect(shown('x@y.zz', redact, { budget })).toBe('***')
    expect(shown('plain', redact, { budget })).toBeUndefined()
  })
})

describe('a string', () => {
  it('loses the ranges found', () => {
    const text = 'é jane@shop.com, bob@shop.com'
    expect(maskFound(text, createDetectors(['email']).scan(text), maskOf('redact'))).toBe('é <redact 13>, <redact 12>')
  })
})
