import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floor, type FloorOptions, type Told } from '../../../packages/protocols/postgres/test/differential/floor.js'
import { clientStreams, interjections } from '../../../packages/protocols/postgres/test/differential/frames.js'
import { passage } from '../../../packages/protocols/postgres/test/differential/passage.js'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'
import { heapInUse } from './growth.js'

/**
 * Frames as nobody should send them, against the dialect and the relay with a target that knows what it ran. Whatever
 * comes: nothing throws, every session ends, every permit ends once, memory is given back, and no frame reaches the
 * target but those of the permit that is on, the poison in place of what was refused, and what carries nothing.
 */
const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 9 })
const whole = [Infinity]
/** Generated messages of one session on the average, to make runs of messages. */
const perSession = 16
const rounds = 5
const MiB = 1024 * 1024

type Allows = FloorOptions['allows']
/** The same text is allowed now and refused then. */
const byTurns =
  (seed: number): Allows =>
  (_unit, ordinal) =>
    (ordinal * 7 + seed) % 4 !== 0
/** By content alone: how bytes are cut decides which units of a batch that failed are still asked about. */
const byContent =
  (seed: number): Allows =>
  ({ exact }) =>
    exact.reduce((sum, bytes) => bytes.reduce((all, byte) => all + byte, sum), seed) % 4 !== 0

interface Rounds {
  readonly numRuns: number
  readonly seed: number
}

interface Counted {
  messages: number
  sessions: number
  refused: number
  readonly ends: Record<string, number>
}

/** Runs a property in rounds with seeds of their own, until there were so many messages, and watches the heap. */
async function inRounds(
  messages: number,
  run: (params: Rounds, counted: Counted) => unknown,
): Promise<Counted & { readonly grown: number }> {
  const counted: Counted = { messages: 0, sessions: 0, refused: 0, ends: {} }
  let after = 0
  for (let round = 0; round < rounds || counted.messages < messages; round++) {
    await run({ numRuns: Math.ceil(messages / rounds / perSession), seed: 20260 + round }, counted)
    // The first round loads code and fills caches.
    if (round === 0) after = heapInUse()
  }
  return { ...counted, grown: heapInUse() - after }
}

function count(
  counted: Counted,
  { messages, ended = 'never', refused }: { messages: number; ended: string | undefined; refused: number },
): void {
  counted.messages += messages
  counted.sessions++
  counted.refused += refused
  counted.ends[ended] = (counted.ends[ended] ?? 0) + 1
}

function report(name: string, title: string, { messages, sessions, refused, ends, grown }: Counted & { readonly grown: number }): void {
  expect(grown).toBeLessThan(16 * MiB)
  tell(name, title, [
    { what: 'messages', value: messages },
    { what: 'sessions', value: sessions },
    { what: 'units refused', value: refused },
    {
      what: 'ends',
      value: Object.entries(ends)
        .map(([code, times]) => `${code} ${times}`)
        .toSorted()
        .join(', '),
    },
    { what: 'heap grown after the first fifth', value: grown / MiB, unit: 'MiB' },
  ])
}

/** Frames of the stream that were read before the session ended. */
function consumed(list: readonly Uint8Array[], { taken }: Told): number {
  let at = 0
  return list.filter((message) => (at += message.length) <= taken).length
}

describe('frames that nobody should send', () => {
  test('of a client: nothing unjudged reaches the target, and how bytes are cut changes nothing', async () => {
    const counted = await inRounds(size('frames of a hostile client'), (params, all) =>
      fc.assert(
        fc.property(clientStreams, cuts, cuts, fc.nat(), (list, ours, theirs, seed) => {
          const stream = Buffer.concat(list)
          const run = (more: Partial<FloorOptions>) => floor({ stream, cuts: whole, serverCuts: whole, allows: byContent(seed), ...more })
          const once = run({})
          const cut = run({ cuts: ours })
          const late = run({ serverCuts: theirs })
          const mingled = run({ cuts: ours, serverCuts: theirs, interleaved: true, allows: byTurns(seed) })
          expect([...once.faults, ...cut.faults, ...late.faults, ...mingled.faults]).toEqual([])
          expect(cut).toEqual({ ...once, taken: cut.taken })
          count(all, { ...cut, messages: consumed(list, cut) })
          // Who breaks the protocol loses the answers that were still to come: how many, is a matter of time.
          if (once.ended !== 'client_closed') return
          expect([late.ran, Buffer.from(late.client).toString('latin1')]).toEqual([once.ran, Buffer.from(once.client).toString('latin1')])
        }),
        params,
      ),
    )
    expect(counted.ends).toMatchObject({
      client_closed: expect.any(Number),
      protocol_violation: expect.any(Number),
      too_large: expect.any(Number),
    })
    report(
      'hostile client',
      'Frames of a hostile client through the dialect, four times: whole, the client’s cut, the target’s cut, and mingled',
      counted,
    )
  })

  test('of a target: its session ends or goes on, and nobody is told what was not asked for', async () => {
    const counted = await inRounds(size('frames of a hostile target'), (params, all) =>
      fc.assert(
        fc.property(clientStreams, interjections, cuts, fc.nat(), (list, said, theirs, seed) => {
          const one = floor({
            stream: Buffer.concat(list),
            cuts: [50],
            serverCuts: theirs,
            allows: byTurns(seed),
            interjections: said,
            interleaved: seed % 2 === 0,
          })
          expect(one.faults).toEqual([])
          count(all, { ...one, messages: consumed(list, one) + said.filter(Boolean).length })
        }),
        params,
      ),
    )
    expect(counted.ends).toMatchObject({ client_closed: expect.any(Number), internal: expect.any(Number) })
    report('hostile target', 'Frames of a hostile target through the dialect', counted)
  })

  test('of both, through the relay with streams that wait: every session is closed once and both streams with it', async () => {
    const counted = await inRounds(size('frames through the relay'), (params, all) =>
      fc.assert(
        fc.asyncProperty(clientStreams, interjections, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), async (list, said, choices) => {
          const one = await passage({ messages: list, interjections: said, choices })
          expect(one.faults).toEqual([])
          count(all, { ...one, messages: list.length + said.filter(Boolean).length })
        }),
        params,
      ),
    )
    report('hostile relay', 'Frames of a hostile client and a hostile target through the relay', counted)
  })
})
