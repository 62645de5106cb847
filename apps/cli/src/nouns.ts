/** What people declare, as REST names it: one row for each kind of document that has a name. */
import { type components, unwrap } from '@sallyport/client'
import { stringify } from 'yaml'
import type { Api, PageQuery } from './api.js'
import type { Document } from './documents.js'
import { type Fields, fieldsOf } from './fields.js'
import { cell, type Columns } from './output.js'
import { describePosture, summaryOf } from './posture.js'

type Schemas = components['schemas']

export interface Noun<T> {
  readonly many: string
  readonly summary: string
  readonly columns: Columns<T>
  /** A document of the demo, for the examples. */
  readonly example: { readonly name: string; readonly file: string }
  readonly list: (api: Api, query: PageQuery) => Promise<{ readonly items: readonly T[]; readonly next_cursor: string | null }>
  readonly get: (api: Api, name: string) => Promise<T>
  /** One of them for eyes; absent: its YAML. */
  readonly show?: (one: T) => string
  readonly remove: (api: Api, name: string) => Promise<{ readonly error?: unknown; readonly response: Response }>
}

const named = (name: string) => ({ params: { path: { name } } })

const resources: Noun<Schemas['Resource']> = {
  many: 'resources',
  summary: 'what can be reached',
  columns: {
    name: (row) => row.name,
    protocol: (row) => row.protocol,
    target: (row) => `${cell(row.target['host'] ?? row.target['url'])}:${cell(row.target['port'])}`,
    labels: (row) => pairs(row.labels),
    posture: summaryOf,
  },
  example: { name: 'shop', file: 'shop.yaml' },
  list: (api, query) => unwrap(api.GET('/v1/resources', { params: { query } })),
  get: (api, name) => unwrap(api.GET('/v1/resources/{name}', named(name))),
  show: (resource) => {
    const { posture: _posture, warnings: _warnings, ...declared } = resource
    return `${stringify(declared)}${describePosture(resource)}`.trimEnd()
  },
  remove: (api, name) => api.DELETE('/v1/resources/{name}', named(name)),
}

const policies: Noun<Schemas['Policy']> = {
  many: 'policies',
  summary: 'who may do what',
  columns: {
    name: (row) => row.name,
    rules: (row) => row.rules?.length ?? 0,
    subjects: (row) => selector(row.subjects),
    resources: (row) => selector(row.resources),
  },
  example: { name: 'agents-on-shop', file: 'agents-on-shop.yaml' },
  list: (api, query) => unwrap(api.GET('/v1/policies', { params: { query } })),
  get: (api, name) => unwrap(api.GET('/v1/policies/{name}', named(name))),
  remove: (api, name) => api.DELETE('/v1/policies/{name}', named(name)),
}

const trustProviders: Noun<Schemas['TrustProvider']> = {
  many: 'trust-providers',
  summary: 'who vouches for callers',
  columns: { name: (row) => row.name, issuer: (row) => row.issuer, primary: (row) => (row.primary ? 'yes' : 'no') },
  example: { name: 'demo', file: 'trust-provider.yaml' },
  list: (api, query) => unwrap(api.GET('/v1/trust-providers', { params: { query } })),
  get: (api, name) => unwrap(api.GET('/v1/trust-providers/{name}', named(name))),
  remove: (api, name) => api.DELETE('/v1/trust-providers/{name}', named(name)),
}

const roles: Noun<Schemas['Role']> = {
  many: 'roles',
  summary: 'who may do what over REST',
  columns: {
    name: (row) => row.name,
    who: (row) => [row.provider, row.group ?? row.subject].filter((part) => part !== undefined).join('/'),
    role: (row) => row.role,
    labels: (row) => pairs(row.labels ?? {}),
  },
  example: { name: 'demo-dba', file: 'roles.yaml' },
  list: (api, query) => unwrap(api.GET('/v1/roles', { params: { query } })),
  get: (api, name) => unwrap(api.GET('/v1/roles/{name}', named(name))),
  remove: (api, name) => api.DELETE('/v1/roles/{name}', named(name)),
}

export const nouns = { resources, policies, trustProviders, roles }

/** PUT by name, which is what apply means; a lock has no name and is made anew. The server is the judge of the body. */
export async function applyDocument(api: Api, { kind, name = '', body }: Document): Promise<unknown> {
  switch (kind) {
    case 'resource':
      return unwrap(api.PUT('/v1/resources/{name}', { ...named(name), body: body as Schemas['ResourceBody'] }))
    case 'policy':
      return unwrap(api.PUT('/v1/policies/{name}', { ...named(name), body: body as Schemas['PolicyBody'] }))
    case 'trust-provider':
      return unwrap(api.PUT('/v1/trust-providers/{name}', { ...named(name), body: body as Schemas['TrustProviderBody'] }))
    case 'role':
      return unwrap(api.PUT('/v1/roles/{name}', { ...named(name), body: body as Schemas['RoleBody'] }))
    case 'lock':
      return unwrap(api.POST('/v1/locks', { body: body as Schemas['LockBody'] }))
    default:
      return kind satisfies never
  }
}

function pairs(labels: Fields): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${cell(value)}`)
    .join(' ')
}

function selector(value: unknown): string {
  return Object.entries(fieldsOf(value))
    .map(([key, part]) => (Array.isArray(part) ? part.map(cell).join(' ') : `${key} ${pairs(fieldsOf(part))}`))
    .join('; ')
}
