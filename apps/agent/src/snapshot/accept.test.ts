import { generateKeyPairSync } from 'node:crypto'
import { deltaBetween, emptyState, fullDelta, rawPublicKey, signRotation, signSnapshotHead, stateDigest } from '@sallyport/contract'
import type { SnapshotHead, State } from '@sallyport/contract'
import { describe, expect, it } from 'vitest'
import { judgeUpdate } from './accept.js'
import type { HeldSnapshot, ReceivedUpdate } from './accept.js'

const signer = generateKeyPairSync('ed25519').privateKey
const stranger = generateKeyPairSync('ed25519').privateKey
const agent = 'agt_1'
const now = 1_000
const before: State = new Map([['policy/a', Buffer.from('{}')]])
const after: State = new Map([['policy/b', Buffer.from('{}')]])

function headed(change: Partial<SnapshotHead> = {}, key = signer): ReceivedUpdate['head'] {
  const fields = {
    agent,
    generation: 1n,
    version: 2n,
    previousDigest: stateDigest(before),
    expiresAt: now + 1,
    stateDigest: stateDigest(after),
  }
  return signSnapshotHead({ ...fields, ...change }, key)
}

const held: HeldSnapshot = { head: headed({ version: 2n, stateDigest: stateDigest(before) }), state: before, rotations: [] }
const delta = deltaBetween(before, after)
const judging = { agent, pinned: rawPublicKey(signer), held, now }

function judge(update: Partial<ReceivedUpdate> = {}, change: Partial<Parameters<typeof judgeUpdate>[1]> = {}) {
  return judgeUpdate({ head: headed(), delta, rotations: [], ...update }, { ...judging, ...change })
}

describe('an update of the configuration', () => {
  it('is taken when it leads from what is held to what was signed', () => {
    expect(judge()).toMatchObject({ ok: true, snapshot: { state: after } })
    expect(judge({ head: headed({ version: 9n }) })).toMatchObject({ ok: true })
    expect(judge({ delta: fullDelta(after), head: headed({ previousDigest: Buffer.alloc(0) }) }, { held: undefined })).toMatchObject({
      ok: true,
    })
  })

  it.each([
    ['signed by somebody else', { head: headed({}, stranger) }],
    ['changed after it was signed', { head: { ...headed(), expiresAt: now + 1_000_000 } }],
    ['meant for another agent', { head: headed({ agent: 'agt_2' }) }],
    ['expired', { head: headed({ expiresAt: now }) }],
    ['older', { head: headed({ version: 1n }) }],
    ['of an older generation, whatever its version', { head: headed({ generation: 0n, version: 99n }) }],
  ])('is refused for good when it is %s', (_, update) => {
    expect(judge(update)).toMatchObject({ ok: false, resync: false })
  })

  it('may be lower in version when a new generation has begun', () => {
    expect(judge({ head: headed({ generation: 2n, version: 0n }) })).toMatchObject({ ok: true })
  })

  it.each([
    ['it builds upon another state', { head: headed({ previousDigest: stateDigest(after) }) }],
    ['it does not lead to what was signed', { delta: { full: false, upserts: [], removals: [] } }],
    ['an entry was slipped in', { delta: { ...delta, upserts: [...delta.upserts, { key: 'policy/c', value: Buffer.from('{}') }] } }],
    ['an entry was held back', { delta: { ...delta, removals: [] } }],
  ])('is asked for whole when %s', (_, update) => {
    expect(judge(update)).toMatchObject({ ok: false, resync: true })
  })

  it('is asked for whole by an agent that holds nothing', () => {
    expect(judge({}, { held: undefined })).toMatchObject({ ok: false, resync: true })
    const empty = headed({ previousDigest: stateDigest(emptyState) })
    expect(judge({ head: empty, delta: deltaBetween(emptyState, after) }, { held: undefined })).toMatchObject({ ok: true })
  })

  it('may come from a signer that the pinned one signed, and from no other', () => {
    const next = rawPublicKey(stranger)
    expect(judge({ head: headed({}, stranger), rotations: [signRotation(next, signer)] })).toMatchObject({ ok: true })
    expect(judge({ head: headed({}, stranger), rotations: [signRotation(next, stranger)] })).toMatchObject({ ok: false })
    const third = generateKeyPairSync('ed25519').privateKey
    expect(judge({ head: headed({}, third), rotations: [signRotation(next, signer)] })).toMatchObject({ ok: false })
  })
})
