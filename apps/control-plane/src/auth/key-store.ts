import type { KeySource } from '@sallyport/identity'
import type { JWK } from 'jose'
import type { Database } from '../db/index.js'
import type { Log } from '../log.js'
import { fetchKeys, KeyFetchError } from './jwks.js'

/**
 * The published keys of all trust providers, kept in the database so that every replica and, by snapshot, every agent
 * verifies with the same ones. A key id nobody knows makes one replica fetch again, at most once per `unknownKeyPause`.
 */
export interface KeyStore extends KeySource {
  /** Fetches now unless somebody did within `pause` milliseconds. Answers whether the keys are fresh; never rejects for what the provider does. */
  refresh(provider: string, pause: number): Promise<Refreshed>
}

export type Refreshed = { readonly ok: true } | { readonly ok: false; readonly error: string }

export interface KeyStoreOptions {
  readonly db: Database
  readonly log: Log
  readonly exposed: boolean
  readonly now: () => number
}

/** Milliseconds between two fetches because of a key id nobody knows. */
const unknownKeyPause = 10_000

export function createKeyStore(options: KeyStoreOptions): KeyStore {
  const { db } = options
  const stored = async (provider: string): Promise<readonly JWK[] | undefined> => {
    const row = await db.providerKeys.findFirst({ where: { provider: { name: provider } } })
    return row === null ? undefined : keysOf(row.jwks)
  }
  const fetching = new Map<string, Promise<Refreshed>>()
  const store: KeyStore = {
    keys: async (provider, kid) => {
      const known = pick(await stored(provider), kid)
      if (known !== undefined) return known
      const refreshed = await store.refresh(provider, unknownKeyPause)
      return refreshed.ok ? pick(await stored(provider), kid) : undefined
    },
    refresh: (provider, pause) => {
      // Whoever meets a new key id while it is being fetched waits for that fetch.
      const running = fetching.get(provider)
      if (running !== undefined) return running
      const started = refresh(options, provider, pause).finally(() => fetching.delete(provider))
      fetching.set(provider, started)
      return started
    },
  }
  return store
}

/** Without a key id every key may be the one. */
function pick(keys: readonly JWK[] | undefined, kid: string | undefined): readonly JWK[] | undefined {
  const fitting = keys?.filter((key) => kid === undefined || key.kid === kid)
  return fitting !== undefined && fitting.length > 0 ? fitting : undefined
}

export function keysOf(jwks: unknown): readonly JWK[] {
  const keys = (jwks as { keys?: unknown } | null)?.keys
  return Array.isArray(keys) ? (keys as JWK[]) : []
}

async function refresh({ db, log, exposed, now }: KeyStoreOptions, name: string, pause: number): Promise<Refreshed> {
  const provider = await db.trustProvider.findUnique({ where: { name } })
  if (provider === null) return { ok: false, error: 'no such trust provider' }
  const { id: providerId } = provider
  const at = new Date(now())
  // The row is the lock: of all replicas, the one whose update counts fetches.
  await db.providerKeys.createMany({ data: [{ providerId, jwks: { keys: [] } }], skipDuplicates: true })
  const due = { OR: [{ attemptedAt: null }, { attemptedAt: { lte: new Date(now() - pause) } }] }
  const { count } = await db.providerKeys.updateMany({ where: { providerId, ...due }, data: { attemptedAt: at } })
  if (count === 0) return { ok: true }
  try {
    const keys = await fetchKeys({ issuer: provider.issuer, jwksUri: provider.jwksUri ?? undefined, exposed })
    await db.providerKeys.updateMany({
      where: { providerId },
      data: { jwks: { keys }, fetchedAt: at, error: null },
    })
    return { ok: true }
  } catch (error) {
    const message = error instanceof KeyFetchError ? error.message : 'the keys could not be stored'
    log.warn({ provider: name, reason: message }, 'the keys of a trust provider could not be fetched')
    // The keys fetched before stay in force: a provider that is away for a while locks nobody out.
    await db.providerKeys.updateMany({ where: { providerId }, data: { error: message } })
    return { ok: false, error: message }
  }
}
