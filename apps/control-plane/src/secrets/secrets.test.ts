import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resourceBody, startWorld, type World } from '../testing/world.js'
import { openBytes, sealBytes } from './envelope.js'
import { createSecretBox, foreignDataKeys, masterKeyFrom, newMasterKeyText, rotateMasterKey, sharedSecret } from './index.js'

describe('an envelope', () => {
  const key = randomBytes(32)

  it('opens with its key and binding, and with no other', () => {
    const sealed = sealBytes(key, 'a', Buffer.from('text'))
    expect(openBytes(key, 'a', sealed).toString()).toBe('text')
    expect(() => openBytes(key, 'b', sealed)).toThrow(/sealed|authenticate/)
    expect(() => openBytes(randomBytes(32), 'a', sealed)).toThrow(/sealed|authenticate/)
  })

  it('does not open with one bit changed anywhere, or cut short', () => {
    const sealed = sealBytes(key, 'a', Buffer.from('text'))
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed)
      changed[i]! ^= 1
      expect(() => openBytes(key, 'a', changed)).toThrow(/sealed|authenticate/)
      expect(() => openBytes(key, 'a', sealed.subarray(0, i))).toThrow(/sealed|authenticate/)
    }
  })

  it('never looks the same twice', () => {
    expect(sealBytes(key, 'a', Buffer.from('text')).equals(sealBytes(key, 'a', Buffer.from('text')))).toBe(false)
  })
})

describe('a master key', () => {
  it('is 32 bytes in hexadecimal or base64, and nothing else', () => {
    const bytes = randomBytes(32)
    const ids = [bytes.toString('hex'), `${bytes.toString('base64')}\n`, bytes.toString('base64url')].map((text) => masterKeyFrom(text)?.id)
    expect(new Set(ids).size).toBe(1)
    for (const wrong of ['', 'password', 'ab'.repeat(31), 'ab'.repeat(33), 'zz'.repeat(32)]) expect(masterKeyFrom(wrong)).toBeUndefined()
  })

  it('shows nothing of itself', () => {
    const text = newMasterKeyText()
    expect(JSON.stringify(masterKeyFrom(text))).not.toContain(text.slice(0, 16))
  })
})

describe('secrets at rest', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('do not open in another record or field', async () => {
    const { db } = world
    const { secrets } = world.context
    const sealed = await secrets.seal(db, { record: 'res_a', field: '/password' }, 'x')
    await secrets.seal(db, { record: 'res_b', field: '/password' }, 'y')
    expect((await secrets.open(db, { record: 'res_a', field: '/password' }, sealed)).toString()).toBe('x')
    await expect(secrets.open(db, { record: 'res_b', field: '/password' }, sealed)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(secrets.open(db, { record: 'res_a', field: '/token' }, sealed)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('get one data key per record, also when sealed by many at once', async () => {
    const { db, master } = world
    const boxes = Array.from({ length: 8 }, () => createSecretBox(master))
    const at = { record: 'res_many', field: '/password' }
    const sealed = await Promise.all(boxes.map((box, i) => box.seal(db, at, `value ${i}`)))
    const opened = await Promise.all(sealed.map((bytes) => boxes[0]!.open(db, at, bytes)))
    expect(opened.map(String)).toEqual(boxes.map((_, i) => `value ${i}`))
  })

  it('shared by replicas are made once', async () => {
    const { db, context } = world
    const made = await Promise.all(
      Array.from({ length: 5 }, () => sharedSecret(db, context.secrets, { name: 'test', create: async () => randomBytes(32) })),
    )
    expect(new Set(made.map((bytes) => bytes.toString('hex'))).size).toBe(1)
  })

  it('survive the rotation of the master key, are closed to the old one, and the act is in the trail', async () => {
    const { db, master } = world
    const admin = await world.as('admin')
    await world.ask('PUT', '/v1/resources/rotated', { token: admin, body: resourceBody() })
    const secret = await db.resourceSecret.findFirstOrThrow({ where: { resource: { name: 'rotated' } } })
    const at = { record: secret.resourceId, field: secret.field }
    const next = masterKeyFrom(newMasterKeyText())!
    const { rewrapped } = await rotateMasterKey(db, master, next)
    expect(rewrapped).toBeGreaterThan(0)
    expect((await createSecretBox(next).open(db, at, secret.sealed)).toString()).toBe('s3cret-canary')
    await expect(createSecretBox(master).open(db, at, secret.sealed)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await foreignDataKeys(db, next)).toEqual([])
    expect(await foreignDataKeys(db, master)).toEqual([next.id])
    expect(await db.adminEvent.count({ where: { action: 'master_key.rotate', targetName: next.id } })).toBe(1)
    // Once more with the wrong present key: refused, and nothing changed.
    await expect(rotateMasterKey(db, master, masterKeyFrom(newMasterKeyText())!)).rejects.toThrow(/not by the present master key/)
    expect(await foreignDataKeys(db, next)).toEqual([])
  })
})
