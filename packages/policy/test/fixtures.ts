import type { Action, Grant, Identity, Principal, Touch } from '@sallyport/core'
import { type AccessRequest, compilePolicy, type Policy } from '../src/index.js'
import { createScope, type Scope } from '../src/scope.js'

/** Short ways to say what tests judge: policies from documents, actions, identities, requests. */
export function policy(document: object): Policy {
  const compiled = compilePolicy({ kind: 'policy', name: 'p', subjects: {}, resources: {}, ...document })
  if (!compiled.ok) throw new Error(compiled.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  return compiled.policy
}

export function problemsOf(document: object): Readonly<Record<string, string>> {
  const compiled = compilePolicy({ kind: 'policy', name: 'p', subjects: {}, resources: {}, ...document })
  return compiled.ok ? {} : Object.fromEntries(compiled.problems.map(({ path, message }) => [path, message]))
}

export const allowReads = { id: 'reads', match: { effects: { only: ['read', 'tx'] } }, action: 'allow' }
export const denyDeletes = { id: 'no-deletes', match: { effects: { any: ['delete'] } }, action: 'deny' }
export const holdWrites = {
  id: 'writes',
  match: { effects: { only: ['read', 'write', 'insert', 'update', 'delete'], any: ['write'] } },
  action: 'hold',
  approvers: [{ groups: ['dba'] }],
}

export function relation(name: string, access: Touch['access'] = 'read'): Touch {
  return { kind: 'relation', name, access }
}

export function column(name: string, use?: NonNullable<Touch['use']>, labels?: readonly string[]): Touch {
  return { kind: 'column', name, access: 'read', ...(use && { use }), ...(labels && { labels }) }
}

export function action(parts: Partial<Action> = {}): Action {
  return { verb: 'select', effects: ['read'], touches: [], functions: [], facts: {}, certainty: 'exact', ...parts }
}

export const read = action({ touches: [relation('public.orders'), column('public.orders.id', 'output')] })
export const update = action({
  verb: 'update',
  effects: ['read', 'write', 'update'],
  touches: [relation('public.orders', 'write')],
  facts: { filtered: true, multi: false },
})
export const remove = action({
  verb: 'delete',
  effects: ['read', 'write', 'delete'],
  touches: [relation('public.orders', 'write')],
  facts: { filtered: true },
})

export function principal(parts: Partial<Principal> = {}): Principal {
  return {
    provider: 'demo',
    subject: 'billing-agent',
    name: 'billing-agent',
    kind: 'agent',
    groups: ['ai-agents'],
    primary: true,
    ...parts,
  }
}

export function identity(parts: Partial<Principal> = {}, chain: readonly Principal[] = [], claims: Identity['claims'] = {}): Identity {
  return {
    principal: principal(parts),
    chain,
    token: { id: 'token-1', issuer: 'https://demo.example', audience: ['sallyport'], issuedAt: 0, expiresAt: 3_600_000 },
    claims,
  }
}

export function request(actions: readonly Action[], parts: Partial<AccessRequest> = {}): AccessRequest {
  return {
    identity: identity(),
    resource: { id: 'res_1', name: 'shop', protocol: 'postgres', labels: { env: 'prod' } },
    session: { id: 'ses_1', protocol: 'postgres', client: { address: '127.0.0.1', application: 'psql' }, database: 'shop', role: 'app' },
    actions,
    now: Date.UTC(2026, 5, 1, 12, 30),
    grants: [],
    ...parts,
  }
}

export function scope(parts: Partial<AccessRequest> = {}): Scope {
  const asked = request([], parts)
  return createScope(asked, asked.identity.principal)
}

export function grant(parts: Partial<Grant> & Pick<Grant, 'digest' | 'policies'>): Grant {
  return { id: 'gra_1', approval: 'apr_1', uses: 1, expiresAt: Number.MAX_SAFE_INTEGER, ...parts }
}
