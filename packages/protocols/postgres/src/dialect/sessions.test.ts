import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Unit } from '@sallyport/core'
import { joined, messages, say, told } from '../../test/play/words.js'
import { play, type PlayOptions, refusal } from '../../test/play/play.js'
import { veil } from '../../test/play/veil.js'
import { createPlayTarget } from '../../test/play/target.js'

/** Whole sessions made at random, against a target that knows what it really ran. */
const names = fc.constantFrom('', 'a', 'a', 'b')
const portals = fc.constantFrom('', '', 'p')

const harmless = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('select 0', 'select 1', 'select 3', 'insert', 'notice', '') },
  fc.constantFrom('boom', 'begin', 'commit', 'rollback', 'set x to y', 'bad ?'),
  fc.constantFrom('prepare a as select 1', 'prepare b as insert', 'execute a', 'deallocate a', 'deallocate all'),
  fc.constantFrom('declare p cursor for select 2', 'declare p cursor with hold for select 2', 'fetch p', 'close p', 'close all'),
  fc.constantFrom('copy t to stdout', "select '\\'"),
)
const hostile = fc.oneof(harmless, fc.constantFrom('drop t', 'prepare a as drop t', 'prepare b as drop t', 'declare p cursor for drop t'))

const batchOf = (texts: fc.Arbitrary<string>) =>
  fc
    .array(
      fc.oneof(
        fc.tuple(names, texts).map(([name, text]) => say.parse(name, text)),
        fc.tuple(portals, names).map(([portal, name]) => say.bind(portal, name)),
        portals.map((portal) => say.execute(portal)),
        texts.map((text) => say.run(text)),
        fc.tuple(fc.constantFrom('S', 'P'), names).map(([type, name]) => say.close(type as 'S' | 'P', type === 'S' ? name : 'p')),
        names.map((name) => say.describe('S', name)),
        fc.constant(say.flush()),
      ),
      { maxLength: 6 },
    )
    .map((parts) => joined(...parts, say.sync()))

/** A name given another meaning, and a name run: what races if answers are not waited for. */
const renaming = fc
  .tuple(fc.constantFrom('a', 'b', ''), fc.constantFrom('select 1', 'drop t'), fc.boolean(), fc.boolean())
  .map(([name, text, fails, flushed]) =>
    joined(
      fails ? say.run('boom') : say.flush(),
      flushed ? say.flush() : say.close('P'),
      say.close('S', name),
      say.parse(name, text),
      say.sync(),
    ),
  )
const running = fc.oneof(
  fc.constantFrom('a', 'b', '').map((name) => joined(say.bind('', name), say.execute(), say.sync())),
  fc.constantFrom('execute a', 'execute b', 'fetch p').map(say.query),
)

const unitOf = (texts: fc.Arbitrary<string>) =>
  fc.oneof(
    ...(texts === hostile ? [renaming, running, running] : []),
    fc.array(texts, { minLength: 1, maxLength: 3 }).map((list) => say.query(list.join(';'))),
    batchOf(texts),
    batchOf(texts),
    // A query may end a batch; the Sync is for when that one has failed.
    fc.tuple(texts, texts).map(([flushed, text]) => joined(say.run(flushed), say.flush(), say.query(text), say.sync())),
    fc.constant(joined(say.query('copy t from stdin'), say.copyData('x'), say.copyData('y'), say.copyDone())),
    fc.constant(joined(say.query('copy t from stdin'), say.copyData('x'), say.copyFail('no'))),
    fc.constant(
      joined(
        say.parse('', 'copy t from stdin'),
        say.bind('', ''),
        say.execute(),
        say.sync(),
        say.copyData('x'),
        say.copyDone(),
        say.sync(),
        say.close('S'),
        say.close('P'),
        say.sync(),
      ),
    ),
  )

const sessionOf = (texts: fc.Arbitrary<string>) =>
  fc
    .array(unitOf(texts), { minLength: 1, maxLength: 8 })
    // Names that exist make the rest meet something.
    .map((units) => joined(say.parse('a', 'select 1'), say.sync(), say.parse('b', 'insert'), say.sync(), ...units))

/** How chunks are cut, and who speaks next: even numbers are the client's. */
const schedules = fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 40 })

type Judge = (unit: Unit) => typeof refusal | undefined

function perform(stream: Uint8Array, schedule: readonly number[], judge: Judge = () => undefined, options: PlayOptions = {}) {
  const p = play({ judge, ...options })
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const step = schedule[turn % schedule.length] ?? 0
    if (step % 2 === 0 || turn % 50 === 49) p.client(stream.subarray(at, (at += 1 + step)))
    else p.deliver(step)
  }
  p.settle()
  return p
}

const protocolTrouble = (units: readonly Unit[]) => units.some(({ actions }) => actions.some(({ verb }) => verb === 'protocol'))

test('a session that is allowed everything is answered as by the target itself, however bytes and answers interleave', () => {
  let compared = 0
  fc.assert(
    fc.property(sessionOf(harmless), schedules, (stream, schedule) => {
      const p = perform(stream, schedule)
      const direct = createPlayTarget()
      const answer = direct.receive(stream)
      expect(p.seen.ended).toBe(undefined)
      if (protocolTrouble(p.seen.units)) return
      compared++
      expect(told(p.seen.client)).toEqual(told(answer))
      expect(p.seen.client).toEqual(answer)
      expect(p.target.ran).toEqual(direct.ran)
    }),
    { numRuns: 600 },
  )
  expect(compared).toBeGreaterThan(50)
})

test('rows that must be masked come masked and everything else as from the target itself, however bytes and answers interleave', () => {
  let masked = 0
  const rewritten = (stream: Uint8Array) => messages(stream).map(({ type, body }) => (type === 'D' ? 'D***' : type + body.toString()))
  const shown = (stream: Uint8Array) =>
    messages(stream).map(({ type, body }) => type + (type === 'D' ? body.toString('latin1', 6) : body.toString()))
  fc.assert(
    fc.property(sessionOf(harmless), schedules, (stream, schedule) => {
      const p = perform(stream, schedule, undefined, { veils: () => veil() })
      const answer = createPlayTarget().receive(stream)
      expect(p.seen.ended).toBe(undefined)
      if (protocolTrouble(p.seen.units)) return
      masked += told(answer).filter((word) => word === 'D').length
      expect(shown(p.seen.client)).toEqual(rewritten(answer))
    }),
    { numRuns: 300 },
  )
  expect(masked).toBeGreaterThan(50)
})

test('how the client cuts its bytes changes nothing', () => {
  fc.assert(
    fc.property(sessionOf(hostile), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 }), (stream, sizes) => {
      const whole = perform(stream, [1_000_000])
      const cut = play()
      for (let at = 0, i = 0; at < stream.length; i++) cut.client(stream.subarray(at, (at += sizes[i % sizes.length] ?? 1)))
      cut.settle()
      expect(cut.seen.server).toEqual(whole.seen.server)
      expect(cut.seen.client).toEqual(whole.seen.client)
      expect(cut.seen.units).toEqual(whole.seen.units)
      expect(cut.seen.outcomes).toEqual(whole.seen.outcomes)
    }),
    { numRuns: 300 },
  )
})

test('how the target cuts its bytes changes nothing for the client', () => {
  fc.assert(
    fc.property(sessionOf(hostile), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }), (stream, sizes) => {
      const whole = perform(stream, [1_000_000])
      const cut = play()
      for (const byte of stream) cut.client(Uint8Array.of(byte))
      for (let i = 0; cut.undelivered() > 0; i++) cut.deliver(sizes[i % sizes.length])
      expect(cut.seen.client).toEqual(whole.seen.client)
      expect(cut.target.ran).toEqual(whole.target.ran)
    }),
    { numRuns: 300 },
  )
})

test('what may be prepared but not run is never run, whatever names it goes by and whatever fails around it', () => {
  const judge: Judge = ({ actions }) => {
    const runs = actions.some(({ effects, verb, facts }) => effects.includes('drop') && verb !== 'prepare' && facts['prepares'] !== true)
    return runs ? refusal : undefined
  }
  let prepared = 0
  let refused = 0
  fc.assert(
    fc.property(sessionOf(hostile), schedules, (stream, schedule) => {
      const p = perform(stream, schedule, judge)
      expect(p.target.ran.filter((sql) => sql.startsWith('drop'))).toEqual([])
      expect(p.seen.ended).toBe(undefined)
      if (p.target.ran.some((sql) => sql.includes('as drop'))) prepared++
      if (told(p.seen.client).includes('E:42501')) refused++
    }),
    { numRuns: 1500 },
  )
  expect(Math.min(prepared, refused)).toBeGreaterThan(50)
})

test('every permit ends exactly once', () => {
  fc.assert(
    fc.property(sessionOf(hostile), schedules, fc.nat(), (stream, schedule, seed) => {
      let asked = 0
      let permitted = 0
      const p = perform(stream, schedule, () => {
        if ((asked++ * 7 + seed) % 3 === 0) return refusal
        permitted++
        return undefined
      })
      expect(p.seen.outcomes.size).toBe(permitted)
    }),
    { numRuns: 300 },
  )
})
