import * as fc from 'fast-check'
import { frame, joined, say } from '../play/words.js'

/**
 * Streams of frames as nobody should send them: messages that make sense to the target of `play`, and the same bent,
 * cut, renamed and mislaid. Both directions; everything comes from fast-check's seed.
 */

const texts = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('select 1', 'select 3', 'insert', 'drop t', '', ' ') },
  fc.constantFrom('boom', 'begin', 'commit', 'rollback', 'set x to y', 'bad ?', 'notice', "select '\\'", 'select 1;drop t;insert'),
  fc.constantFrom('prepare a as select 1', 'prepare b as drop t', 'execute a', 'execute b', 'deallocate a', 'deallocate all'),
  fc.constantFrom('declare p cursor for select 2', 'declare p cursor with hold for drop t', 'fetch p', 'close p', 'close all'),
  fc.constantFrom('copy t to stdout', 'copy t from stdin', 'copy t from stdin;select 1', 'listen a', 'notify a'),
  fc.nat({ max: 300 }).map((length) => 'select 2'.padEnd(length)),
)
const names = fc.constantFrom('', '', 'a', 'b')
const portals = fc.constantFrom('', '', 'p')
const values = fc.array(fc.option(fc.string({ maxLength: 12 }), { nil: null }), { maxLength: 3 })

const sensible: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: texts.map(say.query) },
  { weight: 4, arbitrary: fc.tuple(names, texts).map(([name, text]) => say.parse(name, text)) },
  { weight: 4, arbitrary: fc.tuple(portals, names, values).map(([portal, name, list]) => say.bind(portal, name, list)) },
  { weight: 4, arbitrary: fc.tuple(portals, fc.nat({ max: 2 })).map(([portal, rows]) => say.execute(portal, rows)) },
  { weight: 3, arbitrary: texts.map((text) => joined(say.run(text), say.sync())) },
  { weight: 4, arbitrary: fc.constant(say.sync()) },
  { weight: 2, arbitrary: fc.constant(say.flush()) },
  names.map((name) => say.describe('S', name)),
  portals.map((name) => say.describe('P', name)),
  names.map((name) => say.close('S', name)),
  portals.map((name) => say.close('P', name)),
  fc.constant(joined(say.query('copy t from stdin'), say.copyData('x'), say.copyData('y'), say.copyDone())),
  fc.constantFrom(say.copyData('stray'), say.copyDone(), say.copyFail('no')),
  fc.constant(frame('F', '\0\0\0\x2a\0\0\0\0\0\0')),
)

/** Lengths that parsers of this protocol have got wrong. */
const lengths = fc.oneof(
  fc.constantFrom(0, 1, 3, 4, 5, 8, -1, -5, 2 ** 31 - 1, 2 ** 30, 2 ** 30 - 1, 2 ** 24, 65536),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
)
const types = fc.constantFrom(...'QPBEDCHSXFdcfpRKZT12ntsINAGWv\0\x7f'.split(''))

/** One message bent in one way; what it says about its length stays true unless that is the way. */
const bent = (message: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.tuple(message, fc.nat({ max: 400 }), fc.integer({ min: 1, max: 255 })).map(([bytes, at, by]) => {
      const own = Uint8Array.from(bytes)
      const place = 5 + (at % Math.max(1, own.length - 5))
      if (place < own.length) own[place] = (own[place] ?? 0) ^ by
      return own
    }),
    fc.tuple(message, fc.nat({ max: 400 })).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
    fc.tuple(message, fc.nat({ max: 400 })).map(([bytes, at]) => refit(bytes, bytes.subarray(5, 5 + (at % bytes.length)))),
    fc.tuple(message, fc.uint8Array({ minLength: 1, maxLength: 20 })).map(([bytes, more]) => refit(bytes, joined(bytes.subarray(5), more))),
    fc.tuple(message, lengths).map(([bytes, length]) => {
      const own = Uint8Array.from(bytes)
      new DataView(own.buffer).setInt32(1, length)
      return own
    }),
    fc.tuple(message, types).map(([bytes, type]) => joined(Uint8Array.of(type.charCodeAt(0)), bytes.subarray(1))),
    fc.tuple(types, fc.uint8Array({ maxLength: 40 })).map(([type, body]) => frame(type, body)),
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
  )

function refit(message: Uint8Array, body: Uint8Array): Uint8Array {
  return frame(String.fromCharCode(message[0] ?? 0), body)
}

/** What a session's client sends: mostly sense, so that what is bent meets something. */
export const clientStreams: fc.Arbitrary<readonly Uint8Array[]> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 14, arbitrary: sensible }, { weight: 1, arbitrary: bent(sensible) }), { minLength: 1, maxLength: 24 }),
    fc.boolean(),
  )
  .map(([messages, leaves]) => [
    say.parse('a', 'select 1'),
    say.sync(),
    say.parse('b', 'insert'),
    say.sync(),
    ...messages,
    ...(leaves ? [say.end()] : [say.sync()]),
  ])

const backend: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constantFrom('1', '2', '3', 'n', 's', 'I', 'c').map((type) => frame(type)),
  fc.constantFrom('I', 'T', 'E', 'x').map((status) => frame('Z', status)),
  fc.constantFrom('SELECT 1', 'INSERT 0 1', 'COPY 3', 'SET', '').map((tag) => frame('C', `${tag}\0`)),
  fc.constantFrom('ERROR', 'FATAL', 'PANIC').map((severity) => frame('E', `S${severity}\0V${severity}\0C22012\0Mno\0\0`)),
  fc.constantFrom('TimeZone\0UTC\0', 'client_encoding\0SJIS\0', 'is_superuser\0on\0', 'x').map((report) => frame('S', report)),
  fc.constantFrom('G', 'H', 'W').map((type) => frame(type, '\0\0\0')),
  fc.constantFrom('T', 't', 'D').map((type) => frame(type, '\0\0')),
  fc.constantFrom('N', 'A', 'd', 'R', 'K', 'v').map((type) => frame(type, '\0\0\0\0\0\0\0\0')),
)

/** What a hostile target says at the turns of a session: mostly nothing, so that it gets that far. */
export const interjections: fc.Arbitrary<readonly (Uint8Array | undefined)[]> = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, backend, bent(backend)),
  { minLength: 1, maxLength: 16 },
)
