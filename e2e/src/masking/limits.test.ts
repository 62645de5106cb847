import { rowOf } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { say } from '../../../packages/protocols/postgres/test/play/words.js'
import { createComparer } from './compare.js'
import { plain } from './policies.js'
import { through } from './run.js'
import { simple } from './statements/scripts.js'
import { startTwins, type Twins } from './twins.js'

/** What masks do not hide, so that the documents say what is so. A test that fails here is good news: take it away, and ask for it at random. */
let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ seed: 11, variants: [plain] })
})
afterAll(() => twins.stop())

const told = async (...texts: readonly string[]) =>
  (await through(twins, plain, { steps: texts.map((text) => simple(text)), reads: false }, createComparer())).difference

async function valueOf(sql: string): Promise<string> {
  const pair = await twins.direct()
  const [line] = pair
  line.say(say.query(sql))
  await line.ready(1)
  for (const one of pair) one.close()
  return rowOf(line.heard.find(({ type }) => type === 'D')!)[0]!
}

test('whoever may write a unique masked column learns whether a value that they guess is there', async () => {
  const guess = await valueOf('select email from customers where id = 1')
  const insert = `insert into customers (id, name, email, phone, credit, active) values (900, 'x', '${guess}', '+1', 1, true)`
  expect(await told('begin', insert, 'rollback')).toMatch(/23505/)
})

test('rows that the target reads from an index on a masked column come in the order of what is masked', async () => {
  expect(await told('set enable_seqscan to off', 'select iban from accounts')).toMatch(/\*\*\*\d{4}/)
})
