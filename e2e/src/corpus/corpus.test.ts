import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Major, majors } from '../../../packages/protocols/postgres/test/target.js'
import { accepted, statements } from './cases.js'
import { type Ground, openGround } from './ground.js'
import { playAll, type ScriptRun } from './scripts.js'
import { askAll, type Asked, type StatementsRun } from './statements.js'
import { differences, isWithheld, leaks, masking, maskedWrongly, refusalsIn, seenIn, spelled } from './verdict.js'

/**
 * Every case of the corpus through the agent to real servers, and what the client sees: refused, it shows nothing and has
 * changed nothing; masked, no byte of the stream is a secret; allowed, it is what a direct connection gets.
 */
const grounds: Ground[] = []
const runs = new Map<Major, { readonly statements: StatementsRun; readonly scripts: readonly ScriptRun[] }>()
beforeAll(async () => {
  await Promise.all(
    majors.map(async (major) => {
      const ground = await openGround(major)
      grounds.push(ground)
      runs.set(major, { statements: await askAll(ground), scripts: await playAll(ground) })
    }),
  )
})
afterAll(() => Promise.all(grounds.map((ground) => ground.stop())))

describe.each(majors)('statements at PostgreSQL %s', (major) => {
  let seen: StatementsRun
  beforeAll(() => void (seen = runs.get(major)!.statements))

  const about = ({ one, manner, heard }: Asked) => `${one.name}, ${manner}: ${spelled(heard).slice(0, 400)}`
  const verdictOf = ({ heard, direct }: Asked) => seenIn(heard, direct)

  test('gives each the verdict that it should have', () => {
    const wrong = seen.asked.filter((each) => {
      const verdict = verdictOf(each)
      return verdict !== 'withheld' && !accepted(each.one).has(verdict)
    })
    expect(wrong.map((each) => `${verdictOf(each)}: ${about(each)}`)).toEqual([])
  })

  test('changes nothing at the target', () => {
    expect(seen.changing).toEqual([])
  })

  test('shows no secret, in whatever clothes', () => {
    expect(seen.asked.flatMap(({ one, heard }) => leaks(heard, one.sql).map((leak) => `${one.name}: ${leak}`))).toEqual([])
  })

  test('answers what is allowed as the target does, byte for byte', () => {
    const allowed = seen.asked.filter(({ one, direct }) => direct && accepted(one).has('allow'))
    expect(allowed.flatMap(({ one, heard, direct }) => differences(heard, direct!).map((each) => `${one.name}: ${each}`))).toEqual([])
    expect(allowed.length).toBeGreaterThan(25)
  })

  test('shows what is masked as the target does, but for the values', () => {
    const shown = seen.asked.filter(({ one, direct }) => direct && !accepted(one).has('allow'))
    const wrong = shown.flatMap(({ one, heard, direct }) =>
      maskedWrongly(heard, direct!, one.expect === 'deny').map((each) => `${one.name}: ${each}`),
    )
    expect(wrong).toEqual([])
    // What is not built yet lets nothing through either.
    expect(shown.length > 0).toBe(masking)
  })

  test('knows each statement, or says itself that it does not', () => {
    const newer = statements.filter(({ min_pg: since = 0 }) => since > major).map(({ name }) => name)
    expect(seen.strange).toEqual(newer)
  })
})

describe.each(majors)('scripts at PostgreSQL %s', (major) => {
  let seen: readonly ScriptRun[]
  beforeAll(() => void (seen = runs.get(major)!.scripts))

  const about = ({ one, gated }: ScriptRun) => `${one.name}: ${gated.words.join(', ')} | ${spelled(gated.heard).slice(0, 600)}`

  /** A connection that ends without an answer has refused everything as well. */
  const isRefused = ({ gated }: ScriptRun) =>
    refusalsIn(gated.heard).length > 0 || !gated.heard.some(({ type }) => type === 'C' || type === 'D' || type === 'R')

  test('refuses what must be refused', () => {
    const refused = seen.filter(({ one }) => !accepted(one).has('allow') && !accepted(one).has('mask'))
    expect(refused.filter((each) => !isRefused(each)).map(about)).toEqual([])
    expect(refused.length).toBeGreaterThan(20)
  })

  test('changes nothing at the target', () => {
    expect(seen.filter(({ changed }) => changed !== '').map(({ one, changed }) => `${one.name}: ${changed}`)).toEqual([])
  })

  test('shows no secret, in whatever clothes', () => {
    expect(seen.flatMap(({ one, gated }) => leaks(gated.heard, JSON.stringify(one.steps)).map((leak) => `${one.name}: ${leak}`))).toEqual([])
  })

  test('answers what is allowed as the target does, byte for byte', () => {
    const allowed = seen.filter(({ one }) => one.expect === 'allow' && one.steps[0]?.startup !== undefined)
    const wrong = allowed.filter((each) => seenIn(each.gated.heard, each.direct?.heard) !== 'allow' && !mayWait(each))
    expect(wrong.map((each) => `${about(each)} ${each.direct ? differences(each.gated.heard, each.direct.heard).join() : ''}`)).toEqual([])
  })

  test('shows what is masked as the target does, but for the values', () => {
    const masked = seen.filter(({ one }) => one.expect === 'mask')
    expect(masked.filter((each) => refusalsIn(each.gated.heard).length > 0 && !mayWait(each)).map(about)).toEqual([])
    const shown = masked.filter(({ gated }) => refusalsIn(gated.heard).length === 0)
    const wrong = shown.flatMap(({ one, gated, direct }) =>
      maskedWrongly(gated.heard, direct!.heard, false).map((each) => `${one.name}: ${each}`),
    )
    expect(wrong).toEqual([])
  })

  test('says exactly what a script expects at its end', () => {
    const exact = seen.filter((each) => each.one.expect_wire !== undefined && !mayWait(each))
    const ends = exact.map(({ one, gated }) => ({ name: one.name, words: gated.words.slice(-one.expect_wire!.length) }))
    expect(ends).toEqual(exact.map(({ one }) => ({ name: one.name, words: one.expect_wire })))
  })

  /** Until masks are honoured, what is owed one is not shown at all. */
  const mayWait = ({ gated }: ScriptRun) => isWithheld(gated.heard)
})
