import { SallyportError, type Identity } from '@sallyport/core'
import { permissions, type Permission, type RoleName } from '../permissions.js'
import type { Actor } from '../trail/index.js'

/**
 * Who calls and what their roles let them do. A caller of these functions must ask with the labels of a record wherever
 * there are any, before and after a change.
 */
export interface Caller {
  readonly identity: Identity
  readonly actor: Actor
  /** Of the acting principal. */
  readonly bindings: readonly Binding[]
  /** Of each principal it acts for: a permission counts only as far as every one of them has it as well. */
  readonly delegators: readonly (readonly Binding[])[]
}

export interface Binding {
  readonly role: RoleName
  /** Absent: everywhere. */
  readonly labels?: Labels
}

export type Labels = Readonly<Record<string, string>>

/** `all`, or the label sets of which a record must hold at least one whole; empty: nothing. */
export type Scope = 'all' | readonly Labels[]

export function scopeOf({ bindings, delegators }: Pick<Caller, 'bindings' | 'delegators'>, permission: Permission): Scope {
  return delegators.map((theirs) => scopeIn(theirs, permission)).reduce(both, scopeIn(bindings, permission))
}

function scopeIn(bindings: readonly Binding[], permission: Permission): Scope {
  const row = permissions[permission]
  const granting = bindings.filter(({ role }) => row.roles.includes(role))
  if (granting.some(({ labels }) => labels === undefined)) return 'all'
  return row.labelled ? granting.flatMap(({ labels }) => (labels === undefined ? [] : [labels])) : []
}

/** What lies in both: a record must hold a label set of the one and a label set of the other. */
function both(one: Scope, other: Scope): Scope {
  if (one === 'all') return other
  if (other === 'all') return one
  const merged = one.flatMap((a) => other.filter((b) => agree(a, b)).map((b) => ({ ...a, ...b })))
  return [...new Map(merged.map((labels) => [spelled(labels), labels])).values()]
}

function spelled(labels: Labels): string {
  const keys = Object.keys(labels).sort()
  return JSON.stringify(keys.map((key) => [key, labels[key]]))
}

function agree(a: Labels, b: Labels): boolean {
  return Object.entries(b).every(([key, value]) => !Object.hasOwn(a, key) || a[key] === value)
}

export function may(caller: Caller, permission: Permission, labels: Labels): boolean {
  const scope = scopeOf(caller, permission)
  return scope === 'all' || scope.some((wanted) => holds(labels, wanted))
}

/** Throws `forbidden` unless the permission is held on these labels. */
export function demand(caller: Caller, permission: Permission, labels: Labels): void {
  if (!may(caller, permission, labels)) throw forbidden(permission, caller)
}

export function forbidden(permission: Permission, { delegators }: Pick<Caller, 'delegators'>): SallyportError {
  const needed = permissions[permission].roles.join(', ')
  const everybody = delegators.length === 0 ? '' : '; whoever you act for needs it as well'
  return new SallyportError('forbidden', `this needs the permission ${permission}, which is held by: ${needed}${everybody}`, { permission })
}

function holds(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}

/** The same test as a filter on a JSON column of labels. */
export function labelFilter(scope: Scope): { readonly OR?: { readonly AND: { readonly labels: { path: string[]; equals: string } }[] }[] } {
  if (scope === 'all') return {}
  return {
    OR: scope.map((wanted) => ({ AND: Object.entries(wanted).map(([key, value]) => ({ labels: { path: [key], equals: value } })) })),
  }
}
