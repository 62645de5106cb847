import { setImmediate as nextTurn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agree } from '../../../packages/protocols/postgres/test/differential/agree.js'
import { compare } from '../../../packages/protocols/postgres/test/differential/compare.js'
import { effects, fresh, schema } from '../../../packages/protocols/postgres/test/differential/ledger.js'
import { rounds } from '../../../packages/protocols/postgres/test/differential/rounds.js'
import { scripts } from '../../../packages/protocols/postgres/test/differential/scripts.js'
import { startTwins, type Twins } from '../../../packages/protocols/postgres/test/differential/twins.js'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'

/**
 * The gateway is a server to which what it refuses never parses: whole sessions at random, directly and through the real
 * engine, gate and relay, on two databases that are the same byte for byte. Every message must be the same in its place,
 * so the transaction status of every ReadyForQuery too.
 */
let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ schema, effects })
})
afterAll(() => twins.stop())

/** What may be refused besides what the policy refuses: names that do not exist, and texts that nobody can parse. */
const explained: ReadonlySet<string> = new Set(['42501', '26000', '34000', '42601', '08P01'])

describe('a session through the gateway', () => {
  test('says at every ReadyForQuery what a direct one says, however its bytes are cut and whoever waits for whom', async () => {
    const seen = { scripts: 0, readies: 0, messages: 0, refusals: new Map<string, number>() }
    await fc.assert(
      fc.asyncProperty(scripts, fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 20 }), async (script, choices) => {
        let turn = 0
        const choose = (of: number) => (choices[turn++ % choices.length] ?? 0) % of
        const { difference, readies, messages, refusals } = await agree(twins, script, choose)
        expect(difference).toBe(undefined)
        seen.scripts++
        seen.readies += readies
        seen.messages += messages
        for (const code of refusals) seen.refusals.set(code, (seen.refusals.get(code) ?? 0) + 1)
      }),
      { numRuns: size('sessions beside a direct one'), seed: 20261, endOnFailure: true },
    )
    expect([...seen.refusals.keys()].filter((code) => !explained.has(code))).toEqual([])
    expect(seen.refusals.get('42501')).toBeGreaterThan(0)
    tell('transactions', 'Random sessions, message by message as a direct connection', [
      { what: 'sessions', value: seen.scripts },
      { what: 'messages compared', value: seen.messages },
      { what: 'ReadyForQuery compared', value: seen.readies },
      ...[...seen.refusals].map(([code, times]) => ({ what: `refused by the gateway with ${code}`, value: times })),
    ])
  })

  test.each(Object.entries(rounds))(
    'is the same when it is cut at any one byte, both ways: %s',
    async (_what, { gated, direct, readies }) => {
      await twins.both(fresh)
      const beside = await twins.direct()
      beside.say(direct)
      await beside.ready(readies)
      beside.close()
      let place = 0
      const line = await twins.gated((length) => [1 + (place % length)])
      for (place = 1; place < gated.length; place++) {
        line.say(gated.slice(0, place))
        await nextTurn()
        line.say(gated.slice(place))
        await line.ready(readies * place)
        expect(compare(line.heard, beside.heard).difference).toBe(undefined)
        line.heard.length = 0
      }
      line.close()
    },
  )
})
