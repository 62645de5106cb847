import type { LockTarget, ResourceFacts } from '@sallyport/core'
import { encodeEntity, entityKey } from '@sallyport/contract'
import type { Entity } from '@sallyport/contract'
import { isLoopbackIssuer } from '@sallyport/identity'
import { compilePolicy } from '@sallyport/policy'
import { loadGrants, type LoadedGrant } from '../approvals/index.js'
import { toDocument } from '../auth/providers.js'
import type { ConfigChanges, Database, Prisma, Reader, Transaction } from '../db/index.js'
import { newestHashKey, type HashKeyRow, type SecretBox } from '../secrets/index.js'
import { readSigner } from './signer.js'
import type { SnapshotSigner } from './signer.js'

/**
 * Everything agents are configured by, as of one revision, read once for all of them. A caller must pick for each agent
 * what it needs, and must open secrets only then.
 */
export interface Registry {
  /** As of the newest revision that is known here. */
  read(): Promise<Loaded>
  onChange(listener: () => void): () => void
}

export interface Loaded {
  readonly revision: bigint
  readonly generation: bigint
  readonly signer: SnapshotSigner
  readonly resources: readonly LoadedResource[]
  readonly policies: readonly LoadedPolicy[]
  /** The one that makes new tokens, sealed as it is at rest. */
  readonly hashKey: HashKeyRow | undefined
  /** Each for the agents that serve its resource. */
  readonly grants: readonly LoadedGrant[]
  /** Providers and locks: every agent needs all of them. */
  readonly shared: readonly Entry[]
}

export interface LoadedResource extends ResourceFacts {
  readonly target: Readonly<Record<string, unknown>>
  readonly agentSelector: unknown
  readonly version: number
  /** By JSON pointer below `target`, sealed as they are at rest. */
  readonly secrets: readonly { readonly field: string; readonly sealed: Uint8Array }[]
}

export interface LoadedPolicy extends Entry {
  readonly covers: (resource: ResourceFacts) => boolean
  /** Somebody sees tokens because of it. */
  readonly hashes: boolean
}

export interface Entry {
  readonly key: string
  readonly value: Uint8Array
}

export interface RegistryOptions {
  readonly db: Database
  readonly secrets: SecretBox
  readonly changes: Pick<ConfigChanges, 'revision' | 'onChange'>
  readonly exposed: boolean
}

export function createRegistry(options: RegistryOptions): Registry {
  const { db, changes } = options
  let loading: { readonly revision: bigint; readonly loaded: Promise<Loaded> } | undefined
  return {
    read: () => {
      const revision = changes.revision()
      if (loading?.revision === revision) return loading.loaded
      // One revision is one moment: what is read must be of the same one as its number.
      const loaded = db.$transaction((tx) => load(tx, options), { isolationLevel: 'RepeatableRead' })
      const current = { revision, loaded }
      loading = current
      loaded.catch(() => {
        if (loading === current) loading = undefined
      })
      return loaded
    },
    onChange: (listener) => changes.onChange(() => listener()),
  }
}

const generationSetting = 'snapshot.generation'

async function load(tx: Transaction, { secrets, exposed }: RegistryOptions): Promise<Loaded> {
  const { revision } = await tx.configRevision.findUniqueOrThrow({ where: { id: 1 } })
  const generation = await readGeneration(tx)
  const signer = await readSigner(tx, secrets)
  const resources = await tx.resource.findMany({ include: { secrets: true } })
  const policies = await tx.policy.findMany()
  const hashKey = await newestHashKey(tx)
  const grants = await loadGrants(tx)
  const providers = await tx.trustProvider.findMany({ include: { keys: true } })
  const locks = await tx.lock.findMany({ where: { OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] } })
  return {
    revision,
    generation: BigInt(generation),
    signer,
    resources: resources.map((row) => ({
      ...row,
      target: row.target as LoadedResource['target'],
      labels: row.labels as LoadedResource['labels'],
    })),
    policies: policies.map(loadPolicy),
    hashKey: hashKey ?? undefined,
    grants,
    shared: [
      ...providers.filter((row) => !exposed || !isLoopbackIssuer(row)).map((row) => entry(provider(row))),
      ...locks.map((row) => entry(lock(row))),
    ],
  }
}

function loadPolicy({ name, document }: { readonly name: string; readonly document: unknown }): LoadedPolicy {
  const compiled = compilePolicy(document)
  const made = entry({ kind: 'policy', name, document: document as Readonly<Record<string, unknown>> })
  // A stored policy that this build cannot read concerns everybody: agents refuse it aloud instead of going without it.
  if (!compiled.ok) return { ...made, covers: () => true, hashes: false }
  return { ...made, covers: compiled.policy.covers, hashes: compiled.policy.masks.some(({ as }) => as === 'hash') }
}

type ProviderRow = Prisma.TrustProviderGetPayload<{ include: { keys: true } }>

function provider(row: ProviderRow): Entity {
  // Where keys are fetched and how people sign in is the control plane's business.
  const { jwks_uri: _uri, sign_in: _signIn, kind, ...document } = toDocument(row)
  const keys = (row.keys?.jwks as { readonly keys?: unknown } | undefined)?.keys
  return {
    kind: 'provider',
    name: row.name,
    document: { ...document, ...(kind !== undefined && { principal_kind: kind }) },
    jwks: Array.isArray(keys) ? keys : [],
  }
}

function lock(row: { id: string; kind: string; name: string; provider: string | null; message: string; expiresAt: Date | null }): Entity {
  const kind = row.kind as LockTarget['kind']
  const target =
    kind === 'token' || kind === 'agent'
      ? { kind, id: row.name }
      : { kind, name: row.name, ...((kind === 'principal' || kind === 'group') && row.provider !== null && { provider: row.provider }) }
  return { kind: 'lock', lock: { id: row.id, target, message: row.message, ...(row.expiresAt && { expiresAt: row.expiresAt.getTime() }) } }
}

function entry(entity: Entity): Entry {
  return { key: entityKey(entity), value: encodeEntity(entity) }
}

/** Part of every version before the revision: the newer generation is the newer version. */
export async function readGeneration(db: Reader): Promise<number> {
  const found = await db.setting.findUnique({ where: { name: generationSetting } })
  return typeof found?.value === 'number' ? found.value : 1
}

/** Makes agents take versions that are lower than what they have: for a database that was restored from a backup. */
export async function beginGeneration(db: Database): Promise<void> {
  await db.$transaction(async (tx) => {
    const value = (await readGeneration(tx)) + 1
    await tx.setting.upsert({ where: { name: generationSetting }, create: { name: generationSetting, value }, update: { value } })
    await tx.configRevision.update({ where: { id: 1 }, data: { revision: { increment: 1 } } })
  })
}
