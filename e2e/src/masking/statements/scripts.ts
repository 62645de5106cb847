import { joined, say } from '../../../../packages/protocols/postgres/test/play/words.js'
import * as fc from 'fast-check'
import { createDice, numbers } from './dice.js'
import { door } from './doors.js'
import { query } from './queries.js'
import type { Asking } from './scope.js'
import { write } from './writes.js'

/** Everything one session says before its answers are compared: in steps, each up to a ReadyForQuery. */
export interface Script {
  readonly steps: readonly Step[]
  /** It can be run past the gateway as well and leaves nothing behind. */
  readonly reads: boolean
}

export interface Step {
  readonly bytes: Uint8Array
  readonly readies: number
  readonly text: string
}

export const simple = (text: string, readies = 1): Step => ({ bytes: say.query(text), readies, text })
export const extended = (text: string, ...parts: readonly Uint8Array[]): Step => ({ bytes: joined(...parts, say.sync()), readies: 1, text })

type Make = (asking: Asking) => Script
const reading = (...steps: readonly Step[]): Script => ({ steps, reads: true })
const writing = (...steps: readonly Step[]): Script => ({ steps: [simple('begin'), ...steps, simple('rollback')], reads: false })

const any = (asking: Asking) => query(asking, { depth: asking.dice.below(3) }).sql
const bind = (binary: boolean, values: (string | null)[] = [], portal = '', statement = '') => say.bind(portal, statement, values, binary)

/** As some clients do, and others: formats, names, and how much is fetched at once. */
const asSimple: Make = (asking) => reading(simple(any(asking)))
const asExtended: Make = (asking) => {
  const { dice } = asking
  const sql = any(asking)
  const described = dice.chance(70) ? [say.describe('P')] : []
  return reading(extended(`extended: ${sql}`, say.parse('', sql), bind(dice.chance(50)), ...described, say.execute()))
}
const withParameter: Make = (asking) => {
  const { dice } = asking
  const sql = `select q.* from (${query(asking, { depth: 1, named: true }).sql}) q where $1::int > 2`
  return reading(
    extended(`with $1: ${sql}`, say.parse('', sql), bind(dice.chance(50), [`${dice.below(5)}`]), say.describe('P'), say.execute()),
  )
}
const inParts: Make = (asking) => {
  const { dice } = asking
  const sql = any(asking)
  const parts = Array.from({ length: 2 + dice.below(3) }, () => say.execute('p', 1 + dice.below(4)))
  const opening = [say.parse('s', sql), bind(dice.chance(50), [], 'p', 's'), say.describe('P', 'p')]
  return reading(
    simple('begin'),
    extended(`in parts: ${sql}`, ...opening, parts[0] ?? say.execute('p')),
    ...parts.slice(1).map((part) => extended('more', part)),
    extended('the rest', dice.chance(50) ? say.describe('P', 'p') : say.close('S', 's'), say.execute('p')),
    simple(dice.one(['fetch 2 from p', 'rollback'])),
    simple('rollback'),
  )
}
const byName: Make = (asking) => {
  const { dice } = asking
  const sql = any(asking)
  const again = () => [bind(dice.chance(50), [], '', 's'), ...(dice.chance(50) ? [say.describe('P')] : []), say.execute()]
  return reading(
    extended(`named: ${sql}`, say.parse('s', sql), say.describe('S', 's')),
    extended('run', ...again(), ...again()),
    simple(dice.one(['execute s', 'explain execute s', 'select 1'])),
    extended('run again', ...again()),
  )
}
const pipelined: Make = (asking) => {
  const texts = [any(asking), any(asking), any(asking)]
  const run = (text: string) => [say.parse('', text), bind(asking.dice.chance(40)), say.describe('P'), say.execute()]
  return reading(extended(`pipeline: ${texts.join(' | ')}`, ...texts.flatMap(run)))
}
const severalTexts: Make = (asking) => reading(simple(`${any(asking)}; ${any(asking)}`))
const prepared: Make = (asking) => {
  const { dice } = asking
  const sql = query(asking, { depth: 1, named: true }).sql
  return reading(
    simple(`prepare q (int) as select * from (${sql}) q where $1 > 2`),
    simple(`execute q (${dice.below(6)})`),
    simple(dice.one(['explain execute q (3)', 'execute q (3)', `create temp table taken as execute q (3)`])),
    extended('by protocol', bind(true, ['3'], '', 'q'), say.describe('P'), say.execute()),
    simple('deallocate q'),
  )
}
const cursor: Make = (asking) => {
  const { dice } = asking
  const how = dice.one(['', 'binary ', 'scroll ', 'insensitive scroll ', 'no scroll ', 'binary scroll '])
  const fetches = [
    'fetch 2 from c',
    'fetch all from c',
    'fetch backward 1 from c',
    'fetch first from c',
    'fetch absolute 2 from c',
    'move 1 in c',
    'fetch relative 0 from c',
  ]
  return reading(
    simple('begin'),
    simple(`declare c ${how}cursor for ${any(asking)}`),
    simple(dice.one(fetches)),
    simple(dice.one(fetches)),
    extended('execute the cursor', say.describe('P', 'c'), say.execute('c', 2)),
    simple(dice.one([...fetches, 'close c'])),
    simple('rollback'),
  )
}
const explained: Make = (asking) => {
  const { dice } = asking
  const options = dice.one([
    '',
    'verbose ',
    '(verbose, costs off) ',
    '(format json) ',
    '(format xml, verbose) ',
    '(analyze, timing off, summary off) ',
    '(analyze, timing off, summary off, format yaml) ',
    '(settings) ',
  ])
  return reading(simple(`explain ${options}${any(asking)}`))
}
const copied: Make = (asking) => {
  const how = asking.dice.one(['', ' (format csv, header)', ' (format binary)', ` (delimiter '|')`])
  return reading(simple(`copy (${any(asking)}) to stdout${how}`))
}
const throughDoor: Make = (asking) => writing(simple(door(asking)), simple('select 1'))
const written: Make = (asking) => {
  const { dice } = asking
  const text = write(asking)
  const first = dice.chance(50)
    ? simple(text)
    : extended(`extended: ${text}`, say.parse('', text), bind(dice.chance(50)), say.describe('P'), say.execute())
  return writing(first, simple(any(asking)))
}
const explainedWrite: Make = (asking) => {
  const options = asking.dice.one(['', 'verbose ', '(analyze, timing off, summary off) '])
  return writing(simple(`explain ${options}${write(asking)}`))
}
const throughTable: Make = (asking) => {
  const { dice } = asking
  const inner = query(asking, { depth: 1, named: true }).sql
  const make = dice.one([
    'create temp table taken as ',
    'create temp view taken as ',
    'create table taken as ',
    'create view taken as ',
    'create materialized view taken as ',
  ])
  return writing(
    simple('savepoint s'),
    simple(`${make}${inner}`),
    simple(dice.one(['rollback to s', 'release s', 'select 1'])),
    simple('select * from taken'),
    simple('select t.*, t is null from taken t'),
  )
}
const imported: Make = ({ dice }) => {
  const into = dice.one(['people (id, name, secret)', 'customers (id, name, email)', 'customer_contacts', 'vault (id, hint, code)'])
  const lines = dice.one(['901\tA\tb\n', '901\tA\tb\n902\tC\n', 'x\ty\tz\n', '3\tA\tb\n'])
  return writing({
    bytes: joined(say.query(`copy ${into} from stdin`), say.copyData(lines), say.copyDone()),
    readies: 1,
    text: `copy ${into} from stdin: ${lines}`,
  })
}
const session: Make = (asking) => {
  const { dice } = asking
  const settings = [
    `set datestyle to 'German'`,
    `set timezone to 'Asia/Tokyo'`,
    `set bytea_output to escape`,
    `set intervalstyle to iso_8601`,
    'set extra_float_digits to 0',
    `set local work_mem to '1MB'`,
    'set enable_hashjoin to off',
    'set client_min_messages to debug5',
    `set application_name to 'x'`,
    'set xmloption to document',
  ]
  return {
    steps: [
      simple(dice.one(settings)),
      simple(any(asking)),
      simple(
        dice.one([
          'show datestyle',
          'listen channel',
          `notify channel, 'hello'`,
          'select current_setting($$timezone$$)',
          'discard all',
          'reset all',
        ]),
      ),
      simple(any(asking)),
    ],
    reads: false,
  }
}
const current: Make = (asking) => {
  const { dice } = asking
  const name = dice.one(['people', 'vault', 'accounts'])
  return writing(
    simple(`declare c cursor for select * from ${name} for update`),
    simple(`fetch 2 from c`),
    simple(`update ${name} set id = id where current of c returning *`),
    simple(`delete from ${name} where current of c`),
    simple(any(asking)),
  )
}

/** How often each is made. */
const makes: readonly (readonly [number, Make])[] = [
  [8, asSimple],
  [6, asExtended],
  [5, written],
  [4, throughDoor],
  [2, withParameter],
  [2, inParts],
  [2, byName],
  [1, pipelined],
  [1, severalTexts],
  [1, prepared],
  [2, cursor],
  [2, explained],
  [1, copied],
  [1, explainedWrite],
  [1, throughTable],
  [1, imported],
  [2, session],
  [1, current],
]
const weighed = makes.flatMap(([times, make]) => Array<Make>(times).fill(make))

/** How often in a hundred a masked value is used for more than its bare output. */
const daring = 5

/** `telltales`: also what fails by a masked value. */
export const scripts = ({ telltales }: { readonly telltales: boolean }): fc.Arbitrary<Script> =>
  numbers.map((choices) => {
    const dice = createDice(choices)
    return dice.one(weighed)({ dice, telltales, daring })
  })

export const spelledScript = ({ steps }: Pick<Script, 'steps'>): string => steps.map(({ text }) => `  ${text}`).join('\n')
