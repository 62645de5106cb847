import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { frame, joined, say } from '../../test/play/words.js'
import { decodeFrontend, type FrontendType, frontend, MessageError } from './frontend.js'

const decode = (bytes: Uint8Array) => decodeFrontend(String.fromCharCode(bytes[0] ?? 0) as FrontendType, bytes)
const utf8 = new TextDecoder()

test('messages of another serializer are understood field by field', () => {
  expect(decode(say.query('select é'))).toMatchObject({ type: 'query', text: 'select é' })
  expect(decode(say.parse('s', 'select $1', [23, 4294967295]))).toMatchObject({ type: 'parse', name: 's', types: [23, 4294967295] })
  const bind = decode(say.bind('p', 's', ['a', null, '']))
  expect(bind).toMatchObject({ type: 'bind', portal: 'p', statement: 's' })
  expect(bind.type === 'bind' && bind.params.map(({ value }) => value && utf8.decode(value))).toEqual(['a', null, ''])
  expect(decode(say.execute('p', 7))).toEqual({ type: 'execute', portal: 'p', rows: 7 })
  expect(decode(say.describe('P', 'p'))).toEqual({ type: 'describe', space: 'portals', name: 'p' })
  expect(decode(say.close('S', 's'))).toEqual({ type: 'close', space: 'statements', name: 's' })
})

test('one format goes for all parameters, several go one each', () => {
  const formats = (codes: string) => {
    const message = decode(frame('B', `\0\0${codes}\0\x02\0\0\0\x01a\0\0\0\x01b\0\0`))
    return message.type === 'bind' && message.params.map(({ format }) => format)
  }
  expect(formats('\0\0')).toEqual(['text', 'text'])
  expect(formats('\0\x01\0\x01')).toEqual(['binary', 'binary'])
  expect(formats('\0\x02\0\x01\0\0')).toEqual(['binary', 'text'])
})

test('a message with a byte more or less than its fields is refused', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '\\'), maxLength: 10 })
  const message = fc.oneof(
    text.map(say.query),
    fc.tuple(text, text, fc.array(fc.nat(), { maxLength: 3 })).map(([name, sql, types]) => say.parse(name, sql, types)),
    fc.tuple(text, text, fc.array(fc.option(text), { maxLength: 3 })).map(([portal, name, values]) => say.bind(portal, name, values)),
    text.map((name) => say.execute(name)),
    text.map((name) => say.describe('S', name)),
  )
  fc.assert(
    fc.property(message, fc.integer({ min: 0, max: 255 }), (bytes, extra) => {
      expect(() => decode(bytes)).not.toThrow()
      expect(() => decode(joined(bytes, Uint8Array.of(extra)))).toThrow(MessageError)
      expect(() => decode(bytes.subarray(0, -1))).toThrow(MessageError)
    }),
  )
})

test('what we say to the target is what another serializer would say', () => {
  expect(frontend.query('select 1')).toEqual(say.query('select 1'))
  expect(frontend.parse('n', 'select 1')).toEqual(say.parse('n', 'select 1'))
  expect([frontend.sync, frontend.flush, frontend.terminate]).toEqual([say.sync(), say.flush(), say.end()])
})
