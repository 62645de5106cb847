import { fetchKeys, KeyFetchError } from '../../auth/jwks.js'
import { checkClaim, spendClaim } from '../../auth/claim.js'
import type { TrustProviderDocument } from '../../auth/providers.js'
import type { Context } from '../../context.js'
import { invalid, unprocessable } from '../../http/problem.js'
import { recordAct, type Actor } from '../../trail/index.js'
import { findRole, saveRole } from '../roles/store.js'
import { prepareProvider, saveProvider } from '../trust-providers/index.js'
import type { SetupBody, SetupView } from './schema.js'

export type Setup = (body: SetupBody, actor: Actor) => Promise<SetupView>

const roleName = 'first-admin'

/** The only act without a token. Keys are fetched before the claim is spent: a mistyped issuer must not lock everybody out. */
export function createSetup(ports: Pick<Context, 'db' | 'secrets' | 'keys' | 'exposed' | 'config'>): Setup {
  const { db, secrets, keys, exposed } = ports
  return async ({ claim, trust_provider: body, admin }, actor) => {
    const name = body.name
    if (name === undefined) throw invalid([{ path: '/trust_provider/name', message: 'is required' }])
    const prepared = prepareProvider(ports, { name, body, conditions: {} })
    // Before anything is fetched on a stranger's behalf.
    await checkClaim(db, claim)
    await checkKeys(prepared.document, exposed)
    await db.$transaction(async (tx) => {
      await spendClaim(tx, claim)
      await saveProvider({ tx, secrets, actor }, prepared)
      const holder = typeof admin === 'string' ? { subject: admin } : admin
      const role = await saveRole(tx, roleName, { ...holder, provider: name, role: 'admin' }, await findRole(tx, roleName))
      await recordAct(tx, actor, {
        action: 'setup.complete',
        target: { kind: 'role', name: roleName, ...(role && { id: role.id }) },
        detail: { provider: name, ...holder },
      })
    })
    await keys.refresh(name, 0)
    return { trust_provider: name, role: roleName }
  }
}

async function checkKeys({ issuer, jwks_uri: jwksUri }: TrustProviderDocument, exposed: boolean): Promise<void> {
  try {
    await fetchKeys({ issuer, jwksUri, exposed })
  } catch (error) {
    if (!(error instanceof KeyFetchError)) throw error
    throw unprocessable([{ path: '/trust_provider/issuer', message: error.message }], 'the keys of the trust provider cannot be fetched')
  }
}
