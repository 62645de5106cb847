import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireError } from './error.js'
import { createScanner, type Fate, type FrameHandler, isInside, keptBy, pauseScanner, resumeScanner, scanChunk } from './scanner.js'

type Verdict = (frame: Uint8Array) => ReturnType<FrameHandler<Seen>['whole']>

interface Seen {
  heads: string
  readonly wholes: string[]
  out: string
  runs: number
}

/** Frames of this test: a kind, then the frame's whole size in one byte. */
function recorder(fates: Readonly<Record<string, Fate>>, verdict: Verdict = () => 'drop') {
  const handler: FrameHandler<Seen> = {
    header: 2,
    size(bytes, at) {
      const size = bytes[at + 1] ?? 0
      if (size < 2) throw new WireError('malformed', 'too short')
      return size
    },
    head(seen, bytes, at) {
      const kind = String.fromCharCode(bytes[at] ?? 0)
      seen.heads += kind
      return fates[kind] ?? 'drop'
    },
    whole(seen, frame) {
      seen.wholes.push(text(frame))
      return verdict(frame)
    },
    rewrite(seen, source, start, end) {
      seen.out += `<${text(source.subarray(start, end))}>`
    },
    run(seen, bytes) {
      seen.runs++
      seen.out += text(bytes)
    },
  }
  const seen: Seen = { heads: '', wholes: [], out: '', runs: 0 }
  return { seen, handler, scanner: createScanner(handler, seen) }
}

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)
const bytes = (s: string) => Uint8Array.from(s, (c) => c.charCodeAt(0))
const frame = (kind: string, body = '') => kind + String.fromCharCode(body.length + 2) + body
const fates: Readonly<Record<string, Fate>> = { p: 'pass', w: 'whole', r: 'rewrite' }

test('frames that pass, and whole ones that may, leave as one run of the chunk itself', () => {
  const { seen, scanner } = recorder(fates, () => 'pass')
  const chunk = frame('p', 'rows') + frame('w', 'end') + frame('p')
  scanChunk(scanner, bytes(chunk))
  expect(seen).toEqual({ heads: 'pwp', wholes: [frame('w', 'end')], out: chunk, runs: 1 })
})

test('a frame that is not wanted whole is never gathered', () => {
  const { seen, scanner } = recorder(fates)
  scanChunk(scanner, bytes(frame('p', 'a'.repeat(200)).slice(0, 50)))
  expect([keptBy(scanner), isInside(scanner), seen.out.length]).toEqual([0, true, 50])
  scanChunk(scanner, bytes(frame('p', 'a'.repeat(200)).slice(50)))
  expect([keptBy(scanner), isInside(scanner), seen.out.length]).toEqual([0, false, 202])
})

test('a size that cannot be is refused from the header, after what came before it went on', () => {
  const { seen, scanner } = recorder(fates)
  expect(() => scanChunk(scanner, bytes(`${frame('p', 'ok')}p\x01`))).toThrow(WireError)
  expect(seen.out).toBe(frame('p', 'ok'))
})

test('a pause keeps what follows, and resume goes on with it in order', () => {
  const { seen, scanner } = recorder(fates, (f) => {
    pauseScanner(scanner)
    return f.length > 2 ? 'pass' : 'drop'
  })
  scanChunk(scanner, bytes(frame('w', '1') + frame('w', '2') + frame('p', 'x') + 'w'))
  expect(seen.wholes).toHaveLength(1)
  scanChunk(scanner, bytes('\x033'))
  resumeScanner(scanner)
  expect(seen.wholes).toHaveLength(2)
  resumeScanner(scanner)
  expect(seen.out).toBe(frame('w', '1') + frame('w', '2') + frame('p', 'x') + frame('w', '3'))
  expect(keptBy(scanner)).toBe(0)
})

test('bytes that take the place of a frame stand where it stood', () => {
  const { seen, scanner } = recorder(fates, () => bytes('!'))
  scanChunk(scanner, bytes(frame('p', 'a') + frame('w', 'secret') + frame('p', 'b')))
  expect(seen.out).toBe(`${frame('p', 'a')}!${frame('p', 'b')}`)
})

test('a frame to be rewritten is handed over whole, in its place, and between those that pass', () => {
  const { seen, scanner } = recorder(fates)
  scanChunk(scanner, bytes(frame('p', 'a') + frame('r', 'one') + frame('r', 'two') + frame('p', 'b') + frame('r', 'three').slice(0, 3)))
  expect(seen.out).toBe(`${frame('p', 'a')}<${frame('r', 'one')}><${frame('r', 'two')}>${frame('p', 'b')}`)
  scanChunk(scanner, bytes(frame('r', 'three').slice(3) + frame('p', 'c')))
  expect(seen.out.endsWith(`${frame('p', 'b')}<${frame('r', 'three')}>${frame('p', 'c')}`)).toBe(true)
  expect(seen.wholes).toEqual([])
})

test('any split of the stream gives the same frames and the same bytes', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom('p', 'w', 'd', 'r'), fc.string({ maxLength: 20, unit: 'grapheme-ascii' })), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 9 }), { minLength: 1 }), (list, cuts) => {
      const stream = list.map(([kind, body]) => frame(kind, body)).join('')
      const verdict: Verdict = (f) => (f.length % 3 === 0 ? 'pass' : f.length % 3 === 1 ? 'drop' : bytes('!'))
      const once = recorder(fates, verdict)
      scanChunk(once.scanner, bytes(stream))
      const split = recorder(fates, verdict)
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = (cuts[i % cuts.length] ?? 0) + (i % cuts.length === 0 ? 1 : 0)
        scanChunk(split.scanner, bytes(stream.slice(at, at + size)))
        at += size
      }
      expect({ ...split.seen, runs: 0 }).toEqual({ ...once.seen, runs: 0 })
      expect(keptBy(split.scanner)).toBe(0)
    }),
  )
})

test('views that were handed out stay good when the frame was gathered from parts', () => {
  const kept: Uint8Array[] = []
  const { scanner } = recorder(fates, (f) => {
    kept.push(f)
    return 'drop'
  })
  for (const c of frame('w', 'first') + frame('w', 'other')) scanChunk(scanner, bytes(c))
  expect(kept.map(text)).toEqual([frame('w', 'first'), frame('w', 'other')])
})
