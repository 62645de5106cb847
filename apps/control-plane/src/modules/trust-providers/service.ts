import { SallyportError } from '@sallyport/core'
import { isLoopbackIssuer, parseTrustProvider } from '@sallyport/identity'
import { keysOf } from '../../auth/key-store.js'
import { toDocument, type TrustProviderDocument } from '../../auth/providers.js'
import type { Context } from '../../context.js'
import type { Transaction } from '../../db/index.js'
import { checkName, type DocumentService, type Wanted } from '../../http/documents.js'
import { changedMeanwhile, checkConditions, type Conditions } from '../../http/etag.js'
import { readPage } from '../../http/page.js'
import { invalid, unprocessable } from '../../http/problem.js'
import type { SecretBox } from '../../secrets/index.js'
import { recordAct, type Actor } from '../../trail/index.js'
import type { TrustProviderBody, TrustProviderView } from './schema.js'
import * as store from './store.js'
import type { ProviderRow } from './store.js'

type Ports = Pick<Context, 'db' | 'secrets' | 'keys' | 'exposed' | 'config'>

const secretField = '/sign_in/client_secret'

/** Who vouches for callers. Keys are fetched right after a change, so that a wrong address is seen by whoever wrote it. */
export function createTrustProviderService(ports: Ports): DocumentService<TrustProviderBody, TrustProviderView> {
  const { db, secrets, keys } = ports
  const read = async (name: string) => versioned(known(await store.findProvider(db, name)))
  return {
    list: async (_caller, query) => {
      const page = await readPage(query, (window) => store.listProviders(db, window))
      return { ...page, items: page.items.map(toView) }
    },
    read: (_caller, name) => read(name),
    draft: ({ id: _id, created_at: _created, updated_at: _updated, keys: _keys, sign_in, ...body }) => ({
      ...body,
      ...(sign_in && { sign_in: { client_id: sign_in.client_id, scopes: sign_in.scopes } }),
    }),
    write: async (caller, wanted) => {
      checkName(wanted)
      const prepared = prepareProvider(ports, wanted)
      const created = await db.$transaction((tx) => saveProvider({ tx, secrets, actor: caller.actor }, prepared))
      await keys.refresh(wanted.name, 0)
      return { ...(await read(wanted.name)), created }
    },
    remove: async (caller, name, conditions) => {
      await db.$transaction(async (tx) => {
        const row = known(await store.findProvider(tx, name))
        checkConditions(conditions, row)
        if (!(await store.deleteProvider(tx, row))) throw changedMeanwhile(conditions)
        await secrets.forget(tx, row.id)
        // Left behind, they would be held by whoever is registered under this name next.
        const { count: roles } = await tx.role.deleteMany({ where: { provider: name } })
        await recordAct(tx, caller.actor, {
          action: 'trust_provider.delete',
          target: targetOf(row),
          before: toDocument(row),
          detail: { roles },
        })
      })
    },
  }
}

export interface PreparedProvider {
  readonly document: TrustProviderDocument
  /** `undefined`: keep what is stored; `null`: remove it. */
  readonly clientSecret: string | null | undefined
  readonly conditions: Conditions
  readonly createOnly: boolean
}

/** Everything that can be refused without looking at the database; throws every problem at once. */
export function prepareProvider(
  { config, exposed }: Pick<Ports, 'config' | 'exposed'>,
  wanted: Wanted<TrustProviderBody>,
): PreparedProvider {
  const { kind, principal_kind, sign_in, ...rest } = wanted.body
  const { client_secret: clientSecret, ...signIn } = sign_in ?? {}
  const kindMapping = kind === undefined || kind === 'trust-provider' ? principal_kind : kind
  const parsed = parseTrustProvider(
    { ...wanted.body, ...(clientSecret === null && { sign_in: signIn }), name: wanted.name },
    { audience: config.audience, apiAudience: config.apiAudience },
  )
  if (!parsed.ok) throw invalid(parsed.problems)
  const { provider } = parsed
  if (exposed && isLoopbackIssuer(provider)) {
    throw unprocessable([
      {
        path: '/issuer',
        message: 'is on loopback, and a listener of this installation is not: anybody on this machine could vouch for anybody',
      },
    ])
  }
  const document: TrustProviderDocument = {
    ...rest,
    name: wanted.name,
    audiences: provider.audiences,
    api_audiences: provider.apiAudiences,
    subject: rest.subject ?? 'sub',
    primary: provider.primary,
    ...(kindMapping !== undefined && { kind: kindMapping }),
    ...(provider.signIn && { sign_in: { client_id: provider.signIn.clientId, scopes: provider.signIn.scopes } }),
  }
  return { document, clientSecret, conditions: wanted.conditions, createOnly: wanted.createOnly === true }
}

export interface SavePorts {
  readonly tx: Transaction
  readonly secrets: SecretBox
  readonly actor: Actor
}

/** Answers whether it was created. */
export async function saveProvider({ tx, secrets, actor }: SavePorts, prepared: PreparedProvider): Promise<boolean> {
  const { document, conditions } = prepared
  const present = await store.findProvider(tx, document.name)
  if (present !== null && prepared.createOnly) throw new SallyportError('conflict', 'a trust provider of that name exists already')
  checkConditions(conditions, present ?? undefined)
  await checkUnique(tx, document)
  await checkDoors(tx, document)
  const moved = present !== null && (present.issuer !== document.issuer || present.jwksUri !== (document.jwks_uri ?? null))
  const keeps = present?.signInSecret != null && document.sign_in !== undefined && prepared.clientSecret === undefined
  if (moved && keeps) {
    throw unprocessable([
      { path: secretField, message: 'must be given again, because the change of issuer or jwks_uri changes where it would be sent' },
    ])
  }
  const id = present?.id ?? (await store.insertProvider(tx, document))
  if (present !== null && !(await store.updateProvider(tx, present, document))) throw changedMeanwhile(conditions)
  if (moved) await store.dropKeys(tx, id)
  if (typeof prepared.clientSecret === 'string') {
    await store.setSignInSecret(tx, id, await secrets.seal(tx, { record: id, field: secretField }, prepared.clientSecret))
  } else if (!keeps && present?.signInSecret != null) {
    await store.setSignInSecret(tx, id, null)
  }
  await recordAct(tx, actor, {
    action: present === null ? 'trust_provider.create' : 'trust_provider.update',
    target: { kind: 'trust_provider', id, name: document.name },
    ...(present !== null && { before: toDocument(present) }),
    after: document,
    detail: { issuer: document.issuer, secret_given: typeof prepared.clientSecret === 'string' },
  })
  return present === null
}

/** The constraints would refuse it too, but could not say which provider is in the way. */
async function checkUnique(tx: Transaction, { name, issuer, primary }: TrustProviderDocument): Promise<void> {
  const rivals = await tx.trustProvider.findMany({ where: { NOT: { name }, OR: [{ issuer }, ...(primary ? [{ primary: true }] : [])] } })
  for (const rival of rivals) {
    throw new SallyportError(
      'conflict',
      rival.issuer === issuer ? `${rival.name} has this issuer already` : `${rival.name} is the primary provider`,
    )
  }
}

/** What opens one door opens the other for nobody: a shared audience would shut everybody out of REST, administrators first. */
async function checkDoors(tx: Transaction, { name, audiences, api_audiences }: TrustProviderDocument): Promise<void> {
  const others = await tx.trustProvider.findMany({ where: { NOT: { name } } })
  const shared = (path: string, mine: readonly string[], theirs: 'audiences' | 'apiAudiences', door: string) =>
    others.flatMap((other) =>
      mine
        .filter((audience) => other[theirs].includes(audience))
        .map((audience) => ({ path, message: `holds ${JSON.stringify(audience)}, which ${other.name} has for ${door}` })),
    )
  const problems = [
    ...shared('/audiences', audiences, 'apiAudiences', 'REST'),
    ...shared('/api_audiences', api_audiences, 'audiences', 'the data path'),
  ]
  if (problems.length > 0) throw unprocessable(problems)
}

function known(row: ProviderRow | null): ProviderRow {
  if (row === null) throw new SallyportError('not_found', 'there is no such trust provider')
  return row
}

function targetOf({ id, name }: ProviderRow) {
  return { kind: 'trust_provider', id, name }
}

function versioned(row: ProviderRow) {
  return { view: toView(row), version: row.version }
}

function toView(row: ProviderRow): TrustProviderView {
  const { sign_in, audiences, api_audiences, ...document } = toDocument(row)
  return {
    id: row.id,
    ...document,
    audiences: [...audiences],
    api_audiences: [...api_audiences],
    ...(sign_in && {
      sign_in: { client_id: sign_in.client_id, scopes: [...sign_in.scopes], client_secret_set: row.signInSecret !== null },
    }),
    keys: {
      count: keysOf(row.keys?.jwks ?? null).length,
      fetched_at: row.keys?.fetchedAt?.toISOString() ?? null,
      error: row.keys?.error ?? null,
    },
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
