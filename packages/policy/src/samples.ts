import type { Action, Identity, Touch } from '@sallyport/core'
import type { AccessRequest } from './request.js'

/**
 * Inputs that a `when` must survive before it is accepted: every statement kind of every family of protocols, with all
 * the facts that family documents. A condition on SQL facts need not survive HTTP requests, so families are apart.
 */
export interface Family {
  readonly name: string
  readonly actions: readonly Action[]
}

const relation = (access: Touch['access'], labels: readonly string[] = []): Touch => ({
  kind: 'relation',
  name: 'public.orders',
  access,
  labels,
})
const column: Touch = { kind: 'column', name: 'public.orders.id', access: 'read', use: 'output', labels: ['pii.email'] }

const sqlKinds: Readonly<Record<string, readonly string[]>> = {
  select: ['read'],
  select_for_update: ['read', 'lock_rows'],
  insert: ['write', 'insert'],
  update: ['read', 'write', 'update'],
  delete: ['read', 'write', 'delete'],
  merge: ['read', 'write', 'merge', 'insert', 'update', 'delete'],
  truncate: ['write', 'truncate'],
  copy_to: ['read', 'bulk_export'],
  copy_from: ['write', 'insert', 'bulk_import'],
  explain: ['read', 'explain'],
  prepare: ['prepare', 'read'],
  execute: ['indirect', 'read'],
  declare: ['cursor', 'read'],
  fetch: ['cursor'],
  begin: ['tx'],
  set: ['session_ok'],
  show: ['read'],
  call: ['execute_unknown'],
  create: ['ddl'],
  alter: ['ddl'],
  drop: ['ddl'],
  create_function: ['ddl', 'define_code'],
  grant: ['privilege'],
  lock: ['lock'],
  notify: ['notify'],
  vacuum: ['maintenance'],
}

const booleans = [true, false] as const

function sql(): readonly Action[] {
  return Object.entries(sqlKinds).flatMap(([verb, effects]) =>
    booleans.flatMap((filtered) =>
      booleans.map((multi): Action => {
        const touches =
          effects.includes('tx') || effects.includes('session_ok') ? [] : [relation(effects.includes('write') ? 'write' : 'read'), column]
        const facts = { filtered, affects_all: !filtered, multi, statements: 1, limit: 10, rows_estimate: 10, columns_listed: true }
        return { verb, effects, touches, functions: ['pg_catalog.lower'], facts, certainty: 'exact', reason: '' }
      }),
    ),
  )
}

function http(): readonly Action[] {
  return ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'].map((verb): Action => {
    const access = verb === 'GET' || verb === 'HEAD' || verb === 'OPTIONS' ? 'read' : 'write'
    const facts = { method: verb, route: '/v1/orders/{id}', body: {} }
    return {
      verb,
      effects: [access],
      touches: [{ kind: 'path', name: '/v1/orders/7', access, labels: [] }],
      functions: [],
      facts,
      certainty: 'exact',
      reason: '',
    }
  })
}

function ssh(): readonly Action[] {
  return ['exec', 'read', 'write', 'list'].map((verb): Action => {
    const facts = { program: '/usr/bin/ls', args: ['-l', '/srv'], paths: ['/srv'] }
    const touches: readonly Touch[] = [{ kind: 'path', name: '/srv', access: 'read', labels: [] }]
    return { verb, effects: [verb === 'exec' ? 'execute' : verb], touches, functions: [], facts, certainty: 'exact', reason: '' }
  })
}

export const families: readonly Family[] = [
  { name: 'SQL', actions: sql() },
  { name: 'HTTP', actions: http() },
  { name: 'SSH', actions: ssh() },
]

const identity: Identity = {
  principal: {
    provider: 'sample',
    subject: 'sample',
    name: 'sample',
    kind: 'human',
    groups: ['sample'],
    person: 'sample@example.com',
    owner: 'sample',
    primary: true,
  },
  chain: [],
  token: { id: 'sample', issuer: 'https://sample.example', audience: ['sallyport'], issuedAt: 0, expiresAt: 3_600_000 },
  claims: {},
}

export const sampleRequest: AccessRequest = {
  identity,
  resource: { id: 'res_sample', name: 'sample', protocol: 'sample', labels: {} },
  session: {
    id: 'ses_sample',
    protocol: 'sample',
    client: { address: '127.0.0.1', application: 'sample' },
    database: 'sample',
    role: 'sample',
  },
  actions: [],
  now: Date.UTC(2026, 0, 1, 12),
  grants: [],
}
