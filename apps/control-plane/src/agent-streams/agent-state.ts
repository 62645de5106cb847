import { canonicalBytes, encodeEntity, entityKey, hashKeyAad, hashKeyInfo, hpkeSeal, secretAad, secretInfo } from '@sallyport/contract'
import type { KeyringEntity, SealedSecret, State } from '@sallyport/contract'
import type { Database } from '../db/index.js'
import { openHashKey, type HashKeyRow, type SecretBox } from '../secrets/index.js'
import { assigned } from './assignment.js'
import type { Loaded, LoadedResource } from './registry.js'
import type { SnapshotSigner } from './signer.js'

/**
 * What one agent needs and nothing else: the resources assigned to it with their secrets sealed to its own key, the
 * policies that cover one of them, what was approved for them, all providers and locks, and the newest key of hashed values where one of those
 * policies hashes. The same everywhere: replicas derive the same ciphertexts.
 */
export interface StateBuilder {
  build(loaded: Loaded): Promise<State>
}

export interface StateBuilderOptions {
  readonly db: Database
  readonly secrets: SecretBox
  readonly agent: { readonly id: string; readonly sealingKey: Uint8Array }
}

interface Known {
  readonly signer: string
  readonly version: number
  readonly atRest: Uint8Array
  readonly sealed: SealedSecret
}

export function stateBuilder({ db, secrets, agent }: StateBuilderOptions): StateBuilder {
  let known = new Map<string, Known>()

  const seal = async (resource: LoadedResource, secret: LoadedResource['secrets'][number], signer: SnapshotSigner): Promise<Known> => {
    const before = known.get(`${resource.id}${secret.field}`)
    const { version } = resource
    if (before?.version === version && before.signer === signer.id && Buffer.compare(before.atRest, secret.sealed) === 0) return before
    const plaintext = await secrets.open(db, { record: resource.id, field: secret.field }, secret.sealed)
    const aad = secretAad(resource.id, secret.field, version)
    // Everything that makes the message what it is goes into the seed: no two messages ever share one.
    const seed = signer.derive('secret', canonicalBytes([agent.id, hex(agent.sealingKey), hex(aad), hex(plaintext)]))
    const sealed = { version, ...hpkeSeal({ recipient: agent.sealingKey, info: secretInfo, aad, plaintext, seed }) }
    plaintext.fill(0)
    return { signer: signer.id, version, atRest: secret.sealed, sealed }
  }

  const sealHashKey = async (row: HashKeyRow, signer: SnapshotSigner): Promise<KeyringEntity> => {
    const { ring, epoch } = row
    const plaintext = await openHashKey(db, secrets, row)
    const aad = hashKeyAad(ring, epoch)
    const seed = signer.derive('hash-key', canonicalBytes([agent.id, hex(agent.sealingKey), hex(aad), hex(plaintext)]))
    const sealed = hpkeSeal({ recipient: agent.sealingKey, info: hashKeyInfo, aad, plaintext, seed })
    plaintext.fill(0)
    return { kind: 'keyring', name: ring, keys: [{ epoch, ...sealed }] }
  }

  return {
    build: async (loaded) => {
      const { labels } = await db.agent.findUniqueOrThrow({ where: { id: agent.id }, select: { labels: true } })
      const resources = loaded.resources.filter((resource) => assigned(resource.agentSelector, labels))
      const state = new Map<string, Uint8Array>()
      const sealed = new Map<string, Known>()
      for (const resource of resources) {
        const fields: Record<string, SealedSecret> = {}
        for (const secret of resource.secrets) {
          const entry = await seal(resource, secret, loaded.signer)
          sealed.set(`${resource.id}${secret.field}`, entry)
          fields[secret.field] = entry.sealed
        }
        const { id, name, protocol, labels: facts, target } = resource
        const entity = { kind: 'resource', id, name, protocol, labels: facts, target, secrets: fields } as const
        state.set(entityKey(entity), encodeEntity(entity))
      }
      known = sealed
      const policies = loaded.policies.filter(({ covers }) => resources.some(covers))
      for (const { key, value } of policies) state.set(key, value)
      if (loaded.hashKey !== undefined && policies.some(({ hashes }) => hashes)) {
        const entity = await sealHashKey(loaded.hashKey, loaded.signer)
        state.set(entityKey(entity), encodeEntity(entity))
      }
      const served = new Set(resources.map(({ id }) => id))
      for (const { resourceId, grant } of loaded.grants) {
        if (!served.has(resourceId)) continue
        const entity = { kind: 'grant', grant } as const
        state.set(entityKey(entity), encodeEntity(entity))
      }
      for (const { key, value } of loaded.shared) state.set(key, value)
      return state
    },
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
