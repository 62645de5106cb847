import { newId } from '../../agent/src/clock.js'
import { compilePolicy } from '@sallyport/policy'
import type { Planes } from './planes.js'

/** What REST would have written: rows of the registry, for both planes to find. */
export interface ResourceWanted {
  readonly name: string
  readonly selector?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly password?: string
  readonly target?: Readonly<Record<string, string | number>>
}

export async function declareResource(
  { db, secrets }: Planes,
  { name, selector = {}, labels = {}, password, target }: ResourceWanted,
): Promise<string> {
  const id = newId('res')
  await db.$transaction(async (tx) => {
    await tx.resource.create({
      data: {
        id,
        name,
        protocol: 'postgres',
        labels,
        agentSelector: selector,
        target: target ?? { host: '127.0.0.1', port: 5432, database: 'shop', user: 'reader' },
      },
    })
    if (password === undefined) return
    const sealed = await secrets.seal(tx, { record: id, field: '/password' }, password)
    await tx.resourceSecret.create({ data: { resourceId: id, field: '/password', sealed } })
  })
  return id
}

export const readOnly = { id: 'read', match: { effects: { only: ['read'] } }, action: 'allow' }

export async function declarePolicy({ db }: Planes, wanted: Readonly<Record<string, unknown>> & { readonly name: string }): Promise<void> {
  const document = { kind: 'policy', subjects: { kinds: ['human'] }, ...wanted }
  const compiled = compilePolicy(document)
  const hash = compiled.ok ? compiled.policy.hash : '0'.repeat(64)
  await db.policy.create({ data: { id: newId('pol'), name: wanted.name, document: document as never, hash } })
}

export async function declareProvider({ db }: Planes, name: string, keys: readonly object[] = []): Promise<string> {
  const id = newId('tpr')
  await db.trustProvider.create({
    data: { id, name, issuer: `https://${name}.example`, audiences: ['sallyport'], apiAudiences: ['sallyport-api'], subject: 'sub' },
  })
  await db.providerKeys.create({ data: { providerId: id, jwks: { keys } as never } })
  return id
}

export async function declareLock({ db }: Planes, principal: string): Promise<string> {
  const id = newId('lck')
  await db.lock.create({ data: { id, kind: 'principal', name: principal, message: 'locked by a test', createdBy: 'system' } })
  return id
}
