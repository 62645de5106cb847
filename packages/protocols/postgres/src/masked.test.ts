import { logIn, type Message, policyOf, rowOf } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, everything, openDoor } from '../test/door.js'
import { say } from '../test/play/words.js'
import { startTarget, type TestTarget } from '../test/target.js'
import { type Classifiers, createClassifiers } from './classifier.js'

const masks = policyOf({
  kind: 'policy',
  name: 'masks',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [{ id: 'path', match: { effects: { only: ['name_resolution', 'session_ok', 'tx', 'read'] } }, action: 'allow' }],
  masks: [
    { id: 'email', columns: ['public.people.email', 'private.people.name'], as: 'nullify' },
    { id: 'id', columns: ['public.people.ssn'], as: 'redact' },
  ],
})

/** The reading of statements taken away: it says that it knows the columns, and tells of none. What is masked is so by origin alone. */
function blind(): Classifiers {
  const { open } = createClassifiers()
  return {
    open(options) {
      const { classify } = open(options)
      const see = async (text: string) => {
        const { readable, statements } = await classify(text)
        return {
          readable,
          statements: statements.map(({ outputs: _, ...one }) => {
            const control = one.control.kind === 'prepare' ? { ...one.control, inner: listed(one.control.inner) } : one.control
            return { ...one, control, action: listed(one.action) }
          }),
        }
      }
      return { classify: see }
    },
  }
}

const listed = <A extends { facts: object; touches: readonly { kind: string }[] }>(action: A): A => ({
  ...action,
  facts: { ...action.facts, columns_listed: true },
  touches: action.touches.filter(({ kind }) => kind !== 'column'),
})

let target: TestTarget
let door: Door

beforeAll(async () => {
  target = await startTarget()
  await target.sql(
    'create schema private',
    'create table people (id int primary key, name text, email text unique, ssn text)',
    `insert into people select i, 'n' || i, 'user' || i || '@example.com', '000-' || i from generate_series(1, 3) i`,
    'create table private.people (id int primary key, name text, email text)',
    `insert into private.people values (1, 'secret', 'public')`,
    'create view addresses as select id, email as mail, upper(email) as loud from people',
    'grant usage on schema private to app_scram',
    'grant all on people, private.people, addresses to app_scram',
  )
  door = await openDoor(target, { policies: [everything, masks], classifiers: blind() })
}, 60_000)

afterAll(async () => {
  await door.stop()
  await target.stop()
})

const client = () => logIn({ port: door.port, parameters: { user: 'me', database: 'shop' }, password: 'token-me' })
const rows = (messages: readonly Message[]) => messages.filter(({ type }) => type === 'D').map(rowOf)
const types = (messages: readonly Message[]) => messages.map(({ type }) => type).join('')

test('columns are masked by where they come from, whatever they are called', async () => {
  const me = await client()
  const told = await me.query('select id, email as name, name as email, ctid from people order by people.id')
  expect(rows(told)).toEqual([1, 2, 3].map((i) => [`${i}`, null, `n${i}`, `(0,${i})`]))
  expect(types(told)).toBe('TDDDCZ')
  expect(rows(await me.query('select mail from (select * from addresses) a'))).toEqual([[null], [null], [null]])
  expect(rows(await me.query('delete from people where id = 3 returning email; select 1; select email from people'))).toEqual([
    [null],
    ['1'],
    [null],
    [null],
  ])
  me.socket.destroy()
})

test('portals are described before they run, and the client hears of it only what it asked', async () => {
  const me = await client()
  const ask = async (...parts: Uint8Array[]) => {
    me.send(...parts, say.sync())
    return me.until(({ type }) => type === 'Z')
  }
  const first = await ask(say.parse('s', 'select email, name from people order by id'), say.bind('', 's'), say.execute())
  expect([types(first), rows(first)]).toEqual([
    '12DDCZ',
    [
      [null, 'n1'],
      [null, 'n2'],
    ],
  ])
  expect(types(await ask(say.bind('', 's'), say.describe('P'), say.execute()))).toBe('2TDDCZ')
  expect(
    types(await ask(say.bind('p', 's'), say.describe('P', 'p'), say.describe('P', 'p'), say.execute('p', 1), say.execute('p', 1))),
  ).toBe('2TTDsDsZ')
  me.socket.destroy()
})
