import { expect, test } from 'vitest'
import { WireError } from './error.js'
import * as wire from './reader.js'
import { createWriter } from './writer.js'

test('numbers are big-endian and signed, unless asked for otherwise', () => {
  const reader = wire.createReader(Uint8Array.of(0xff, 0xff, 0x80, 0x00, 0xff, 0xff, 0xff, 0xfe, 0x7f, 0xff, 0xff, 0xff))
  expect([wire.readInt8(reader), wire.readUint8(reader), wire.readInt16(reader)]).toEqual([-1, 255, -32768])
  expect([wire.readInt32(reader), wire.readInt32(reader)]).toEqual([-2, 0x7fffffff])
  wire.readEnd(reader)
  expect(wire.readUint16(wire.createReader(Uint8Array.of(0xff, 0xfe)))).toBe(65534)
})

test('nothing is read past the end, nor backwards', () => {
  for (const read of [wire.readInt8, wire.readInt16, wire.readInt32, wire.readCString]) {
    expect(() => read(wire.createReader(new Uint8Array([9, 9, 9, 0]), 0, 0))).toThrow(WireError)
  }
  expect(() => wire.readInt32(wire.createReader(new Uint8Array(9), 6))).toThrow(WireError)
  expect(() => wire.readBytes(wire.createReader(new Uint8Array(9), 4), -1)).toThrow(WireError)
  expect(() => wire.readBytes(wire.createReader(new Uint8Array(9), 4), 6)).toThrow(WireError)
})

test('a string ends at its NUL, and only inside the message', () => {
  const reader = wire.createReader(Uint8Array.of(97, 98, 0, 99, 0), 0, 4)
  expect([...wire.readCString(reader)]).toEqual([97, 98])
  expect(() => wire.readCString(reader)).toThrow(WireError)
})

test('bytes that nobody asked for are an error', () => {
  const reader = wire.createReader(Uint8Array.of(1, 2))
  wire.readInt8(reader)
  expect(() => wire.readEnd(reader)).toThrow(WireError)
  expect([...wire.readRest(reader)]).toEqual([2])
  wire.readEnd(reader)
})

test('what is written reads back', () => {
  const message = createWriter().int8(-1).int16(-2).int32(70000).cstring(Uint8Array.of(97)).bytes(Uint8Array.of(5, 6)).finish()
  const reader = wire.createReader(message)
  expect([wire.readInt8(reader), wire.readInt16(reader), wire.readInt32(reader)]).toEqual([-1, -2, 70000])
  expect([[...wire.readCString(reader)], [...wire.readRest(reader)]]).toEqual([[97], [5, 6]])
})

test('a number that does not fit throws instead of wrapping', () => {
  for (const value of [2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 4, 0.5, NaN, Infinity]) {
    expect(() => createWriter().int32(value)).toThrow(WireError)
  }
  expect(() => createWriter().int16(32768)).toThrow(WireError)
  expect(() => createWriter().int8(128)).toThrow(WireError)
  expect(createWriter().int32(0).patchInt32(0, 9).finish()).toEqual(Uint8Array.of(0, 0, 0, 9))
  expect(() => createWriter().int8(1).patchInt32(0, 1)).toThrow(WireError)
})

test('a writer keeps to its limit, and a string holds no NUL', () => {
  const writer = createWriter(100).bytes(new Uint8Array(98))
  expect(() => writer.int32(1)).toThrow(WireError)
  expect(writer.int16(1).length()).toBe(100)
  expect(() => createWriter().cstring(Uint8Array.of(1, 0, 2))).toThrow(WireError)
})
