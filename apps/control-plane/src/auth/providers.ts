import { isLoopbackIssuer, parseTrustProvider, type TrustProvider } from '@sallyport/identity'
import type { Reader } from '../db/index.js'

/** The document of a trust provider that is in force, as its owner wrote it but for the client secret. */
export interface TrustProviderDocument {
  readonly name: string
  readonly issuer: string
  readonly jwks_uri?: string
  readonly audiences: readonly string[]
  readonly api_audiences: readonly string[]
  readonly subject: string
  readonly groups?: string
  /** Claim or CEL for the principal's kind. */
  readonly kind?: string
  readonly owner?: string
  readonly person?: string
  readonly primary: boolean
  readonly sign_in?: { readonly client_id: string; readonly scopes: readonly string[] }
}

export interface TrustProviderRow {
  readonly name: string
  readonly issuer: string
  readonly jwksUri: string | null
  readonly audiences: readonly string[]
  readonly apiAudiences: readonly string[]
  readonly subject: string
  readonly groups: string | null
  readonly kind: string | null
  readonly owner: string | null
  readonly person: string | null
  readonly primary: boolean
  readonly signIn: unknown
}

export function toDocument(row: TrustProviderRow): TrustProviderDocument {
  const { name, issuer, audiences, subject, primary } = row
  return {
    name,
    issuer,
    ...(row.jwksUri !== null && { jwks_uri: row.jwksUri }),
    audiences: [...audiences],
    api_audiences: [...row.apiAudiences],
    subject,
    ...(row.groups !== null && { groups: row.groups }),
    ...(row.kind !== null && { kind: row.kind }),
    ...(row.owner !== null && { owner: row.owner }),
    ...(row.person !== null && { person: row.person }),
    primary,
    ...(row.signIn !== null && { sign_in: row.signIn as NonNullable<TrustProviderDocument['sign_in']> }),
  }
}

/**
 * The providers in force, for REST and for snapshots alike. One whose issuer is on loopback does not count as soon as a
 * listener is off it (`exposed`): it would be anybody who can open a port on this machine.
 */
export async function loadTrustProviders(db: Reader, { exposed }: { readonly exposed: boolean }): Promise<readonly TrustProvider[]> {
  const rows = await db.trustProvider.findMany()
  return rows.map((row) => parseStored(toDocument(row))).filter((provider) => !exposed || !isLoopbackIssuer(provider))
}

function parseStored(document: TrustProviderDocument): TrustProvider {
  const parsed = parseTrustProvider(document)
  if (!parsed.ok) throw new Error(`the stored trust provider ${document.name} is not valid in this build`)
  return parsed.provider
}
