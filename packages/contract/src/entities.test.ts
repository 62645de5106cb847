import { describe, expect, it } from 'vitest'
import { canonicalBytes } from './canonical.js'
import { decodeEntity, encodeEntity, entityKey } from './entities.js'
import type { Entity } from './entities.js'

const entities: readonly Entity[] = [
  {
    kind: 'resource',
    id: 'res_1',
    name: 'shop',
    protocol: 'postgres',
    labels: { env: 'prod' },
    target: { host: 'db', port: 5432 },
    secrets: { '/password': { version: 3, enc: Buffer.from([1, 2]), ciphertext: Buffer.from([3]) } },
  },
  { kind: 'policy', name: 'reading', document: { kind: 'policy', rules: [{ id: 'read' }] } },
  { kind: 'provider', name: 'corp', document: { issuer: 'https://corp.example' }, jwks: [{ kid: 'one' }] },
  { kind: 'lock', lock: { id: 'lck_1', target: { kind: 'principal', name: 'alice', provider: 'corp' }, message: 'left', expiresAt: 5 } },
  { kind: 'lock', lock: { id: 'lck_2', target: { kind: 'group', name: 'staff' }, message: '' } },
  { kind: 'lock', lock: { id: 'lck_3', target: { kind: 'token', id: 't' }, message: '' } },
  { kind: 'lock', lock: { id: 'lck_4', target: { kind: 'resource', name: 'shop' }, message: '' } },
  { kind: 'lock', lock: { id: 'lck_5', target: { kind: 'agent', id: 'agt_1' }, message: '' } },
  { kind: 'grant', grant: { id: 'gra_1', approval: 'apr_1', digest: 'ab', policies: 'cd', uses: 1, expiresAt: 7 } },
  { kind: 'grant', grant: { id: 'gra_2', approval: 'apr_1', digest: 'ab', policies: 'cd', session: 'ses_1', uses: 3, expiresAt: 7 } },
  { kind: 'keyring', name: 'default', keys: [{ epoch: 2, enc: Buffer.from([1]), ciphertext: Buffer.from([2, 3]) }] },
]

describe('an entity', () => {
  it.each(entities.map((entity) => [entityKey(entity), entity] as const))('%s reads back as it was written', (key, entity) => {
    expect(decodeEntity(key, encodeEntity(entity))).toEqual(entity)
  })

  const [resource] = entities
  const spelled = JSON.parse(encodeEntity(resource!).toString()) as Record<string, unknown>
  const decode =
    (change: object, key = 'resource/shop') =>
    () =>
      decodeEntity(key, canonicalBytes({ ...spelled, ...change }))

  it.each([
    ['a field this build does not know', { masked: true }, '/masked: not known to this build'],
    [
      'a field of a secret this build does not know',
      { secrets: { '/password': { version: 1, enc: '', ciphertext: '', hint: 1 } } },
      '/hint: not known',
    ],
    ['a missing field', { protocol: undefined }, '/protocol: missing'],
    ['a label that is not text', { labels: { env: 1 } }, '/labels/env: expected a string'],
    ['a target that is no object', { target: [] }, '/target: expected an object'],
    ['a secret that is not base64url', { secrets: { '/password': { version: 1, enc: '!', ciphertext: '' } } }, '/enc: expected base64url'],
    ['another name than its key', { name: 'shop2' }, 'under a key that is not its own'],
  ])('with %s is refused, with the place', (_, change, message) => {
    expect(decode(change)).toThrow(message)
  })

  it.each([
    ['a kind', 'mask/shop', {}],
    ['a kind of the language, not of ours', 'constructor/shop', {}],
    ['no kind', 'shop', {}],
    ['a field of a grant', 'grant/g', { grant: { id: 'g', approval: 'a', digest: '', policies: '', uses: 1, expiresAt: 1, by: 'x' } }],
    ['a field of a key', 'keyring/k', { name: 'k', keys: [{ epoch: 1, enc: '', ciphertext: '', key: '' }] }],
    ['a kind of lock', 'lock/l', { lock: { id: 'l', message: '', target: { kind: 'address', name: 'a' } } }],
    ['a field of a lock target', 'lock/l', { lock: { id: 'l', message: '', target: { kind: 'token', id: 'a', provider: 'b' } } }],
  ])('with %s that this build does not know is refused', (_, key, value) => {
    expect(() => decodeEntity(key, canonicalBytes(value))).toThrow('not known to this build')
  })
})
