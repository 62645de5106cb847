import type { KeyObject } from 'node:crypto'
import type { Grant, HashKey, Lock, Resource } from '@sallyport/core'
import { CanonicalError, decodeEntity, EntityError, hashKeyAad, hashKeyInfo, hpkeOpen, secretAad, secretInfo } from '@sallyport/contract'
import type { KeyringEntity, ProviderEntity, ResourceEntity } from '@sallyport/contract'
import type { Protocol, Snapshot } from '@sallyport/gate'
import { isLoopbackIssuer, parseTrustProvider } from '@sallyport/identity'
import type { TrustProvider } from '@sallyport/identity'
import { compilePolicy } from '@sallyport/policy'
import type { Policy } from '@sallyport/policy'
import type { HeldSnapshot } from './accept.js'

/**
 * From signed bytes to what the gate decides by. Everything must be understood: one entry, field or target that this
 * build does not know refuses the whole, with every reason. Secrets are opened here and nowhere else.
 */
export interface CompiledSnapshot {
  readonly snapshot: Snapshot
  readonly providers: readonly TrustProvider[]
  /** Public keys by name of the provider. */
  readonly keys: ReadonlyMap<string, ProviderEntity['jwks']>
}

export type Compilation =
  | { readonly ok: true; readonly compiled: CompiledSnapshot }
  | { readonly ok: false; readonly problems: readonly string[] }

export interface CompilerOptions {
  readonly sealingKey: KeyObject
  readonly protocols: readonly Protocol[]
  /** A listener is off loopback: providers whose issuer is on loopback vouch for nobody. */
  readonly exposed: boolean
}

type Part =
  | { readonly kind: 'resource'; readonly resource: Resource }
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'provider'; readonly provider: TrustProvider; readonly jwks: ProviderEntity['jwks'] }
  | { readonly kind: 'lock'; readonly lock: Lock }
  | { readonly kind: 'keyring'; readonly hashKeys: readonly HashKey[] }
  | { readonly kind: 'grant'; readonly grant: Grant }

/** Answers a compiler that remembers the parts of the last snapshot: most of them are in the next one unchanged. */
export function createCompiler(options: CompilerOptions): (held: HeldSnapshot) => Compilation {
  let known = new Map<string, { readonly value: Uint8Array; readonly part: Part }>()
  return ({ head, state }) => {
    const problems: string[] = []
    const parts = new Map<string, { readonly value: Uint8Array; readonly part: Part }>()
    for (const [key, value] of state) {
      const before = known.get(key)
      if (before !== undefined && Buffer.compare(before.value, value) === 0) {
        parts.set(key, before)
        continue
      }
      try {
        parts.set(key, { value, part: compilePart(key, value, options) })
      } catch (error) {
        if (!(error instanceof EntityError || error instanceof CanonicalError)) throw error
        problems.push(error.message.startsWith(key) ? error.message : `${key}: ${error.message}`)
      }
    }
    if (problems.length > 0) return { ok: false, problems }
    known = parts
    const all = [...parts.values()].map(({ part }) => part)
    return { ok: true, compiled: assemble(`${head.generation}.${head.version}`, head.expiresAt, all, options.exposed) }
  }
}

function assemble(version: string, expiresAt: number, parts: readonly Part[], exposed: boolean): CompiledSnapshot {
  const resources = new Map<string, Resource>()
  const policies: Policy[] = []
  const locks: Lock[] = []
  const providers: TrustProvider[] = []
  const keys = new Map<string, ProviderEntity['jwks']>()
  const grants: Grant[] = []
  let hashKeys: readonly HashKey[] | undefined
  for (const part of parts) {
    if (part.kind === 'resource') resources.set(part.resource.name, part.resource)
    else if (part.kind === 'policy') policies.push(part.policy)
    else if (part.kind === 'lock') locks.push(part.lock)
    else if (part.kind === 'keyring') hashKeys = part.hashKeys
    else if (part.kind === 'grant') grants.push(part.grant)
    else if (!exposed || !isLoopbackIssuer(part.provider)) {
      providers.push(part.provider)
      keys.set(part.provider.name, part.jwks)
    }
  }
  const names = new Set(providers.map(({ name }) => name))
  const snapshot = { version, expiresAt, policies, resources, locks, providers: names, grants, ...(hashKeys && { hashKeys }) }
  return { snapshot, providers, keys }
}

function compilePart(key: string, value: Uint8Array, options: CompilerOptions): Part {
  const entity = decodeEntity(key, value)
  switch (entity.kind) {
    case 'resource':
      return { kind: 'resource', resource: openResource(key, entity, options) }
    case 'policy': {
      const compiled = compilePolicy(entity.document)
      if (!compiled.ok) throw refusal(key, compiled.problems)
      if (compiled.policy.name !== entity.name) throw new EntityError(key, 'its document has another name')
      return { kind: 'policy', policy: compiled.policy }
    }
    case 'provider': {
      const parsed = parseTrustProvider(entity.document)
      if (!parsed.ok) throw refusal(key, parsed.problems)
      if (parsed.provider.name !== entity.name) throw new EntityError(key, 'its document has another name')
      return { kind: 'provider', provider: parsed.provider, jwks: entity.jwks }
    }
    case 'lock':
      return { kind: 'lock', lock: entity.lock }
    case 'grant':
      return { kind: 'grant', grant: entity.grant }
    case 'keyring':
      return { kind: 'keyring', hashKeys: openKeyring(key, entity, options) }
    default:
      throw new EntityError(key, `not known to this build: ${JSON.stringify(entity satisfies never)}`)
  }
}

function openResource(key: string, entity: ResourceEntity, { protocols, sealingKey }: CompilerOptions): Resource {
  const { id, name, protocol: spoken, labels, target } = entity
  const protocol = protocols.find((candidate) => candidate.name === spoken)
  if (protocol === undefined) throw new EntityError(`${key}/protocol`, 'not spoken by this build')
  const secrets: Record<string, string> = {}
  for (const [field, { version, enc, ciphertext }] of Object.entries(entity.secrets)) {
    if (!protocol.target.secrets.includes(field)) throw new EntityError(`${key}/secrets${field}`, 'not known to this build')
    const opened = openSealed(`${key}/secrets${field}`, () =>
      hpkeOpen({ privateKey: sealingKey, info: secretInfo, aad: secretAad(id, field, version), enc, ciphertext }),
    )
    secrets[field.slice(1)] = opened.toString('utf8')
  }
  const problems = protocol.target.validate(withSecrets(target, secrets))
  if (problems.length > 0) throw refusal(`${key}/target`, problems)
  return { id, name, protocol: spoken, labels, target, secrets }
}

function openSealed(path: string, open: () => Buffer): Buffer {
  try {
    return open()
  } catch {
    throw new EntityError(path, 'is not sealed to this agent')
  }
}

/** There is one tenant, and so one ring: tokens of a second one would be taken for tokens of the first. */
const onlyRing = 'default'

function openKeyring(key: string, { name, keys }: KeyringEntity, { sealingKey }: CompilerOptions): readonly HashKey[] {
  if (name !== onlyRing) throw new EntityError(key, 'a key ring not known to this build')
  let before = Infinity
  return keys.map(({ epoch, enc, ciphertext }) => {
    if (!Number.isSafeInteger(epoch) || epoch < 1 || epoch >= before) throw new EntityError(`${key}/keys`, 'epochs do not go down')
    before = epoch
    const opened = openSealed(`${key}/keys/${epoch}`, () =>
      hpkeOpen({ privateKey: sealingKey, info: hashKeyInfo, aad: hashKeyAad(name, epoch), enc, ciphertext }),
    )
    if (opened.length !== 32) throw new EntityError(`${key}/keys/${epoch}`, 'is not 32 bytes')
    return { epoch, key: opened }
  })
}

/** The target as its owner wrote it: `auth/bearer` stands where the pointer `/auth/bearer` leads. */
function withSecrets(target: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>): unknown {
  const whole = structuredClone(target) as Record<string, unknown>
  for (const [path, secret] of Object.entries(secrets)) {
    const steps = path.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = steps.pop()!
    let at = whole
    for (const step of steps) at = (at[step] ??= {}) as Record<string, unknown>
    at[last] = secret
  }
  return whole
}

function refusal(path: string, problems: readonly { readonly path: string; readonly message: string }[]): EntityError {
  return new EntityError(path, problems.map(({ path: at, message }) => (at === '' ? message : `${at} ${message}`)).join('; '))
}
