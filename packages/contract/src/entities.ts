import type { Grant, Lock, LockTarget, ResourceFacts } from '@sallyport/core'
import { canonicalBytes, parseCanonical } from './canonical.js'
import { bytes, document, EntityError, list, map, number, object, optional, text } from './strict.js'
import type { Read } from './strict.js'

/**
 * What the state of an agent holds, entry by entry. An agent must refuse an update with an entry it cannot read whole;
 * documents inside (targets, policies, providers) are read by their own owners, just as strictly.
 */
export type Entity = ResourceEntity | PolicyEntity | ProviderEntity | LockEntity | KeyringEntity | GrantEntity

export interface ResourceEntity extends ResourceFacts {
  readonly kind: 'resource'
  /** Without its secret fields. */
  readonly target: Readonly<Record<string, unknown>>
  /** By JSON pointer below `target`. */
  readonly secrets: Readonly<Record<string, SealedSecret>>
}

/** HPKE to the agent's sealing key; its aad is `secretAad`. */
export interface SealedSecret {
  readonly version: number
  readonly enc: Uint8Array
  readonly ciphertext: Uint8Array
}

export interface PolicyEntity {
  readonly kind: 'policy'
  readonly name: string
  readonly document: Readonly<Record<string, unknown>>
}

export interface ProviderEntity {
  readonly kind: 'provider'
  readonly name: string
  /** As REST takes it, without what only the control plane needs (sign-in, where keys are fetched). */
  readonly document: Readonly<Record<string, unknown>>
  /** Public keys (RFC 7517) as last fetched. */
  readonly jwks: readonly Readonly<Record<string, unknown>>[]
}

export interface LockEntity {
  readonly kind: 'lock'
  readonly lock: Lock
}

/** What people approved, for an agent that serves the resource. */
export interface GrantEntity {
  readonly kind: 'grant'
  readonly grant: Grant
}

/** The keys of the tokens that a mask of kind `hash` makes. */
export interface KeyringEntity {
  readonly kind: 'keyring'
  readonly name: string
  /** The one for new tokens first: epochs go down. */
  readonly keys: readonly SealedHashKey[]
}

/** HPKE to the agent's sealing key; its aad is `hashKeyAad`. */
export interface SealedHashKey {
  readonly epoch: number
  readonly enc: Uint8Array
  readonly ciphertext: Uint8Array
}

export function entityKey(entity: Entity): string {
  switch (entity.kind) {
    case 'resource':
    case 'policy':
    case 'provider':
    case 'keyring':
      return `${entity.kind}/${entity.name}`
    case 'lock':
      return `lock/${entity.lock.id}`
    case 'grant':
      return `grant/${entity.grant.id}`
    default:
      return entity satisfies never
  }
}

export function encodeEntity(entity: Entity): Buffer {
  const { kind: _kind, ...fields } = entity
  if (entity.kind === 'resource') return canonicalBytes({ ...fields, secrets: spelled(entity.secrets) })
  if (entity.kind === 'keyring') return canonicalBytes({ ...fields, keys: entity.keys.map(spelledKey) })
  return canonicalBytes(fields)
}

/** Throws `EntityError` or `CanonicalError`: for a kind, a field or a spelling this build does not know, and for a value under a foreign key. */
export function decodeEntity(key: string, value: Uint8Array): Entity {
  const kind = key.slice(0, key.indexOf('/'))
  if (!Object.hasOwn(readers, kind)) throw new EntityError(key, 'a kind not known to this build')
  const entity = readers[kind as Entity['kind']](parseCanonical(value), key)
  if (entityKey(entity) !== key) throw new EntityError(key, 'under a key that is not its own')
  return entity
}

/** `info` and `aad` of a sealed secret: which field of which resource, at which version of it. */
export const secretInfo = Buffer.from('sallyport/secret/v1')

export function secretAad(resource: string, field: string, version: number): Buffer {
  return canonicalBytes({ resource, field, version })
}

/** The same of a key of a key ring: which epoch of which ring. */
export const hashKeyInfo = Buffer.from('sallyport/hash-key/v1')

export function hashKeyAad(ring: string, epoch: number): Buffer {
  return canonicalBytes({ ring, epoch })
}

function spelledKey({ epoch, enc, ciphertext }: SealedHashKey): unknown {
  return { epoch, enc: base64(enc), ciphertext: base64(ciphertext) }
}

function base64(raw: Uint8Array): string {
  return Buffer.from(raw).toString('base64url')
}

function spelled(secrets: ResourceEntity['secrets']): unknown {
  return Object.fromEntries(
    Object.entries(secrets).map(([field, { version, enc, ciphertext }]) => [
      field,
      { version, enc: base64(enc), ciphertext: base64(ciphertext) },
    ]),
  )
}

const resource = object<Omit<ResourceEntity, 'kind'>>({
  id: text,
  name: text,
  protocol: text,
  labels: map(text),
  target: document,
  secrets: map(object<SealedSecret>({ version: number, enc: bytes, ciphertext: bytes })),
})

const policy = object<Omit<PolicyEntity, 'kind'>>({ name: text, document })

const provider = object<Omit<ProviderEntity, 'kind'>>({ name: text, document, jwks: list(document) })

type Target<K extends LockTarget['kind']> = Omit<Extract<LockTarget, { kind: K }>, 'kind'>

const lockTargets: { readonly [K in LockTarget['kind']]: Read<Target<K>> } = {
  principal: object<Target<'principal'>>({ name: text, provider: optional(text) }),
  group: object<Target<'group'>>({ name: text, provider: optional(text) }),
  token: object<Target<'token'>>({ id: text }),
  resource: object<Target<'resource'>>({ name: text }),
  agent: object<Target<'agent'>>({ id: text }),
}

const lockTarget: Read<LockTarget> = (value, path) => {
  const { kind, ...rest } = document(value, path)
  if (typeof kind !== 'string' || !Object.hasOwn(lockTargets, kind)) throw new EntityError(`${path}/kind`, 'not known to this build')
  return { kind, ...lockTargets[kind as LockTarget['kind']](rest, path) } as LockTarget
}

const lock = object<Omit<LockEntity, 'kind'>>({
  lock: object<Lock>({ id: text, target: lockTarget, message: text, expiresAt: optional(number) }),
})

const grant = object<Omit<GrantEntity, 'kind'>>({
  grant: object<Grant>({
    id: text,
    approval: text,
    digest: text,
    policies: text,
    session: optional(text),
    uses: number,
    expiresAt: number,
  }),
})

const keyring = object<Omit<KeyringEntity, 'kind'>>({
  name: text,
  keys: list(object<SealedHashKey>({ epoch: number, enc: bytes, ciphertext: bytes })),
})

const readers: { readonly [K in Entity['kind']]: Read<Extract<Entity, { kind: K }>> } = {
  resource: (value, path) => ({ kind: 'resource', ...resource(value, path) }),
  policy: (value, path) => ({ kind: 'policy', ...policy(value, path) }),
  provider: (value, path) => ({ kind: 'provider', ...provider(value, path) }),
  lock: (value, path) => ({ kind: 'lock', ...lock(value, path) }),
  keyring: (value, path) => ({ kind: 'keyring', ...keyring(value, path) }),
  grant: (value, path) => ({ kind: 'grant', ...grant(value, path) }),
}
