import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { run } from '../world.js'
import { type Address, type Ground, libpqEnv, openGround } from './ground.js'
import { failures, type Habit, habits, statements, values } from './scenarios.js'

/** A driver of this process. Every function opens and closes its own connection. */
export interface Driver {
  /** The rows of one statement as the driver shows them. */
  query(at: Address, sql: string): Promise<unknown>
  /** SQLSTATE of an error as the driver hands it to its caller. */
  stateOf(error: unknown): unknown
  readonly habits: Readonly<Record<Habit, Play | null>>
  /** What only this driver does. */
  readonly more?: Readonly<Record<string, Play>>
  /** Values that the driver itself cannot show. */
  readonly cannotShow?: readonly string[]
}

type Play = (at: Address) => Promise<unknown>

/** Every scenario twice, direct and through the gateway: what the driver shows must be the same. To be called in a `describe`. */
export function compareDriver(driver: Driver): void {
  let ground: Ground
  beforeAll(async () => {
    ground = await openGround()
  })

  const same = async (play: Play) => {
    const direct = await play(ground.direct)
    expect(await play(ground.gateway)).toEqual(direct)
  }

  const shown = values.filter((value) => driver.cannotShow?.includes(value.name) !== true)
  it.each(shown)('sees the same: $name', ({ sql }) => same((at) => driver.query(at, sql)))

  it.each(failures)('tells SQLSTATE $state: $name', async ({ sql, state, gateway = state }) => {
    const told = (at: Address) => refusalOf(driver, () => driver.query(at, sql))
    expect([await told(ground.direct), await told(ground.gateway)]).toEqual([state, gateway])
  })

  const plays = Object.entries({ ...driver.habits, ...driver.more }).flatMap(([habit, play]) => (play === null ? [] : [{ habit, play }]))

  it.each(plays)('sees the same: $habit', ({ play }) => same(play))
}

/** SQLSTATE of the error that `work` must end in. */
export async function refusalOf(driver: Pick<Driver, 'stateOf'>, work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return driver.stateOf(error)
  }
  throw new Error('an error was expected')
}

/**
 * A driver of another language: a program that plays everything in one go and prints `NAME<tab>WHAT IT SAW` per scenario,
 * or `NAME<tab>failed: WHY`.
 */
export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** What this driver has no API for. */
  readonly without?: readonly Habit[]
  /** What only this driver does. */
  readonly more?: readonly string[]
}

/** Debian's modules belong to Debian's Python; another one may be first on PATH. */
export function python(file: string): Program {
  return { command: '/usr/bin/python3', args: ['-B', join(import.meta.dirname, 'programs', file)] }
}

export function compareProgram({ command, args, without = [], more = [] }: Program): void {
  const alike = [...values.map((each) => each.name), ...habits.filter((habit) => !without.includes(habit)), ...more]
  const expected = [...alike, ...failures.map((each) => each.name)]

  let seen: { readonly direct: ReadonlyMap<string, string>; readonly gateway: ReadonlyMap<string, string> }
  beforeAll(async () => {
    const { direct, gateway } = await openGround()
    const play = async (at: Address) => {
      const { code, stdout, stderr } = await run(command, args, { ...libpqEnv(at), TZ: 'UTC' }, statements())
      if (code !== 0) throw new Error(`${command} ended with ${code}:\n${stderr}\n${stdout}`)
      return new Map(stdout.split('\n').flatMap((line) => (line === '' ? [] : [cutAt(line)])))
    }
    // One after the other: both write the same rows.
    seen = { direct: await play(direct), gateway: await play(gateway) }
  })

  it('plays every scenario', () => expect([...seen.direct.keys()].toSorted()).toEqual(expected.toSorted()))

  it.each(failures)('tells SQLSTATE $state: $name', ({ name, state, gateway = state }) =>
    expect([seen.direct.get(name), seen.gateway.get(name)]).toEqual([state, gateway]),
  )

  it.each(alike)('sees the same: %s', (scenario) => {
    expect(seen.direct.get(scenario)).not.toMatch(/^failed: /)
    expect(seen.gateway.get(scenario)).toBe(seen.direct.get(scenario))
  })
}

function cutAt(line: string): readonly [string, string] {
  const tab = line.indexOf('\t')
  return [line.slice(0, tab), line.slice(tab + 1)]
}
