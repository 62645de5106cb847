import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { encodeEntity, entityKey, hashKeyAad, hashKeyInfo, hpkeSeal, rawPublicKey, secretAad, secretInfo } from '@sallyport/contract'
import type { Entity, ResourceEntity } from '@sallyport/contract'
import { protocols } from '@sallyport/registry'
import { describe, expect, it } from 'vitest'
import type { HeldSnapshot } from './accept.js'
import { createCompiler } from './compile.js'

const { privateKey: sealingKey } = generateKeyPairSync('x25519')
const head = {
  agent: 'agt_1',
  generation: 1n,
  version: 5n,
  previousDigest: Buffer.alloc(0),
  expiresAt: 9_000,
  stateDigest: Buffer.alloc(32),
  signer: Buffer.alloc(32),
  signature: Buffer.alloc(64),
}

function holding(...entities: readonly Entity[]): HeldSnapshot {
  return { head, rotations: [], state: new Map(entities.map((entity) => [entityKey(entity), encodeEntity(entity)])) }
}

function sealed(resource: string, field: string, plaintext: string) {
  const aad = secretAad(resource, field, 1)
  const message = { recipient: rawPublicKey(sealingKey), info: secretInfo, aad, plaintext: Buffer.from(plaintext), seed: randomBytes(32) }
  return { version: 1, ...hpkeSeal(message) }
}

const shop: ResourceEntity = {
  kind: 'resource',
  id: 'res_1',
  name: 'shop',
  protocol: 'postgres',
  labels: {},
  target: { host: 'db', port: 5432, database: 'shop', user: 'reader' },
  secrets: { '/password': sealed('res_1', '/password', 'open sesame') },
}

const provider = (issuer: string): Entity => ({
  kind: 'provider',
  name: 'corp',
  document: { name: 'corp', issuer },
  jwks: [{ kid: 'one' }],
})

function compile(...entities: readonly Entity[]) {
  return createCompiler({ sealingKey, protocols, exposed: false })(holding(...entities))
}

describe('what the gate decides by', () => {
  it('is made of everything that was signed, with secrets opened', () => {
    const compilation = compile(shop, provider('https://corp.example'))
    if (!compilation.ok) throw new Error(compilation.problems.join('\n'))
    const { snapshot, keys } = compilation.compiled
    expect(snapshot).toMatchObject({ version: '1.5', expiresAt: 9_000 })
    expect(snapshot.resources.get('shop')?.secrets).toEqual({ password: 'open sesame' })
    expect(snapshot.resources.get('shop')?.target).not.toHaveProperty('password')
    expect([...snapshot.providers]).toEqual(['corp'])
    expect(keys.get('corp')).toEqual([{ kid: 'one' }])
  })

  it('keeps what did not change as it was, so that nothing is compiled twice', () => {
    const compiler = createCompiler({ sealingKey, protocols, exposed: false })
    const resource = (...entities: readonly Entity[]) => {
      const compilation = compiler(holding(...entities))
      return compilation.ok ? compilation.compiled.snapshot.resources.get('shop') : undefined
    }
    const first = resource(shop)
    expect(resource(shop, provider('https://corp.example'))).toBe(first)
    expect(resource({ ...shop, labels: { env: 'prod' } })).not.toBe(first)
  })

  it.each([
    ['a protocol this build does not speak', { protocol: 'gopher' }, 'resource/shop/protocol'],
    ['a field of the target it does not know', { target: { ...shop.target, turbo: true } }, 'turbo'],
    ['a secret it does not know', { secrets: { ...shop.secrets, '/turbo': shop.secrets['/password']! } }, '/secrets/turbo'],
    [
      'a secret that was sealed for another field',
      { secrets: { '/password': sealed('res_1', '/other', 'x') } },
      'not sealed to this agent',
    ],
    [
      'a secret that was sealed for another resource',
      { secrets: { '/password': sealed('res_2', '/password', 'x') } },
      'not sealed to this agent',
    ],
  ])('is refused whole for %s', (_, change, reason) => {
    const compilation = compile({ ...shop, ...change }, provider('https://corp.example'))
    expect(compilation).toMatchObject({ ok: false, problems: [expect.stringContaining(reason)] })
  })

  it('is refused with every reason at once, and none of them quotes a secret', () => {
    const broken = { ...shop, target: { ...shop.target, port: 'open sesame' } }
    const policy: Entity = { kind: 'policy', name: 'p', document: { kind: 'policy', name: 'p', quantum: true } }
    const compilation = compile(broken, policy, { ...shop, name: 'other', protocol: 'gopher' })
    expect(JSON.stringify(compilation)).not.toContain('open sesame')
    expect(compilation.ok ? [] : compilation.problems.map((problem) => problem.split('/')[0])).toEqual(['resource', 'policy', 'resource'])
  })

  it('leaves out providers on loopback when a listener is not on it', () => {
    const exposed = createCompiler({ sealingKey, protocols, exposed: true })(holding(provider('http://127.0.0.1:8703')))
    expect(exposed.ok && [...exposed.compiled.snapshot.providers]).toEqual([])
    const alone = compile(provider('http://127.0.0.1:8703'))
    expect(alone.ok && [...alone.compiled.snapshot.providers]).toEqual(['corp'])
  })
})

describe('what people approved', () => {
  it('is handed to the gate as it came', () => {
    const grant = { id: 'gra_1', approval: 'apr_1', digest: 'ab', policies: 'cd', uses: 1, expiresAt: 7 }
    const compilation = compile(shop, { kind: 'grant', grant })
    expect(compilation).toMatchObject({ ok: true, compiled: { snapshot: { grants: [grant] } } })
    expect(compile(shop)).toMatchObject({ ok: true, compiled: { snapshot: { grants: [] } } })
  })
})

describe('the keys of hashed values', () => {
  const key = (epoch: number, plaintext: Uint8Array = randomBytes(32), sealedAs = epoch) => {
    const aad = hashKeyAad('default', sealedAs)
    const recipient = rawPublicKey(sealingKey)
    return { epoch, ...hpkeSeal({ recipient, info: hashKeyInfo, aad, plaintext, seed: randomBytes(32) }) }
  }
  const ring = (...keys: readonly ReturnType<typeof key>[]): Entity => ({ kind: 'keyring', name: 'default', keys })

  it('are opened, the newest first, and stay the same object while they do not change', () => {
    const [old, young] = [randomBytes(32), randomBytes(32)]
    const compiler = createCompiler({ sealingKey, protocols, exposed: false })
    const entity = ring(key(7, young), key(2, old))
    const hashKeys = (...entities: readonly Entity[]) => {
      const compilation = compiler(holding(...entities))
      if (!compilation.ok) throw new Error(compilation.problems.join('\n'))
      return compilation.compiled.snapshot.hashKeys
    }
    const first = hashKeys(shop, entity)
    expect(first).toEqual([
      { epoch: 7, key: young },
      { epoch: 2, key: old },
    ])
    expect(hashKeys(entity)).toBe(first)
    expect(hashKeys(shop)).toBeUndefined()
  })

  it.each([
    ['of another epoch', ring(key(3, randomBytes(32), 2)), 'keyring/default/keys/3: is not sealed to this agent'],
    ['of another length', ring(key(1, randomBytes(16))), 'is not 32 bytes'],
    ['in another order', ring(key(1), key(2)), 'epochs do not go down'],
    ['twice', ring(key(1), key(1)), 'epochs do not go down'],
    ['of no epoch', ring(key(0)), 'epochs do not go down'],
    ['of a ring of somebody else', { kind: 'keyring', name: 'other', keys: [] } as const, 'a key ring not known'],
  ])('%s refuse the whole snapshot', (_, entity, reason) => {
    expect(compile(shop, entity)).toMatchObject({ ok: false, problems: [expect.stringContaining(reason)] })
  })
})
