import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLine, type Line } from '../../test/differential/line.js'
import { password, startTarget, type TestTarget } from '../../test/target.js'
import { dial } from '../../test/transports.js'
import { ask, cellsOf, known, opaque } from '../../test/values.js'
import { readRowDescription } from '../codec/index.js'
import { readableParams } from './readable.js'

let target: TestTarget
let line: Line
beforeAll(async () => {
  target = await startTarget()
  line = await openLine((await dial(target.port)).stream, { user: 'app_clear', database: 'postgres', password })
  await ask(line, `set timezone = 'UTC'`, 0)
})
afterAll(async () => {
  line.close()
  await target.stop()
})

async function both(expression: string) {
  const [text, binary] = [await ask(line, `select ${expression}`, 0), await ask(line, `select ${expression}`, 1)]
  const { type } = readRowDescription(binary.described!)[0]!
  const value = cellsOf(binary.rows[0]!)[0]!
  const [shown] = readableParams([{ type: String(type), format: 'binary', value }])
  return { shown: shown!, value, text: cellsOf(text.rows[0]!)[0]!.toString() }
}

/** What people read as well as what a server writes. */
const alike = (text: string) => (Number.isNaN(Number(text)) ? text : String(Number(text)))
/** Beyond the calendar of four digits, and what is not worth a reader. */
const unreadable = /\d{5}-\d\d-\d\d| BC|^1e\+?3|^10{300}/

test('what is bound in binary is read as the server reads it, or stays as it is', async () => {
  const wrong: unknown[] = []
  let read = 0
  for (const [type, values] of Object.entries(known)) {
    for (const value of values) {
      const { shown, text } = await both(`'${value.replaceAll(`'`, `''`)}'::${type}`)
      if (shown.format === 'binary') {
        if (!unreadable.test(text) && type !== 'timetz' && type !== 'interval') wrong.push([type, value, 'was not read'])
        continue
      }
      read++
      const told = Buffer.from(shown.value!).toString()
      const server = type === 'bool' ? String(text === 't') : text
      if (told !== server && alike(told) !== alike(server)) wrong.push([type, told, server])
    }
  }
  expect(wrong).toEqual([])
  expect(read).toBeGreaterThan(60)
})

test('of one dimension arrays are read, and told apart from what looks like them', async () => {
  const told = async (expression: string) => {
    const { shown } = await both(expression)
    return [shown.type, shown.format, Buffer.from(shown.value!).toString()]
  }
  expect(await told(`array[1, null, 3]`)).toEqual(['_int4', 'text', '{"1",NULL,"3"}'])
  expect(await told(`array['a,"b', 'NULL']`)).toEqual(['_text', 'text', '{"a,\\"b","NULL"}'])
  expect(await told(`'{}'::int[]`)).toEqual(['_int4', 'text', '{}'])
  expect((await told('array[[1], [2]]'))[1]).toBe('binary')
})

test('what is not known stays as it came, and is not called text', async () => {
  for (const [type, [value]] of Object.entries(opaque)) {
    if (type === 'mood' || type === 'pair') continue
    const { shown, value: bytes } = await both(`'${value}'::${type}`)
    expect([type, shown.format, shown.value]).toEqual([type, 'binary', bytes])
  }
  const bytes = Buffer.from([1, 2])
  for (const type of ['23', '20', '1700', '2950', '1114', '1007', '16', '25']) {
    const [shown] = readableParams([{ type, format: 'binary', value: Buffer.concat([bytes, Buffer.from([0xff])]) }])
    expect([type, shown!.format]).toEqual([type, 'binary'])
  }
  expect(readableParams([{ format: 'binary', value: bytes }])).toEqual([{ format: 'binary', value: bytes }])
  expect(readableParams([{ type: '23', format: 'binary', value: null }])).toEqual([{ type: 'int4', format: 'binary', value: null }])
  expect(readableParams([{ type: '23', format: 'text', value: bytes }])).toEqual([{ type: 'int4', format: 'text', value: bytes }])
})
