import { canonicalBytes, encodeEntity, entityKey, hpkeSeal, secretAad, secretInfo } from '@sallyport/contract'
import type { SealedSecret, State } from '@sallyport/contract'
import type { Database } from '../db/index.js'
import type { SecretBox } from '../secrets/index.js'
import { assigned } from './assignment.js'
import type { Loaded, LoadedResource } from './registry.js'
import type { SnapshotSigner } from './signer.js'

/**
 * What one agent needs and nothing else: the resources assigned to it with their secrets sealed to its own key, the
 * policies that cover one of them, all providers and locks. The same everywhere: replicas derive the same ciphertexts.
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
      for (const { key, value, covers } of loaded.policies) if (resources.some(covers)) state.set(key, value)
      for (const { key, value } of loaded.shared) state.set(key, value)
      return state
    },
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
