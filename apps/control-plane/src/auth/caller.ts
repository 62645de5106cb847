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
  readonly bindings: readonly Binding[]
}

export interface Binding {
  readonly role: RoleName
  /** Absent: everywhere. */
  readonly labels?: Labels
}

export type Labels = Readonly<Record<string, string>>

/** `all`, or the label sets of which a record must hold at least one whole; empty: nothing. */
export type Scope = 'all' | readonly Labels[]

export function scopeOf(caller: Caller, permission: Permission): Scope {
  const row = permissions[permission]
  const granting = caller.bindings.filter(({ role }) => row.roles.includes(role))
  if (granting.some(({ labels }) => labels === undefined)) return 'all'
  return row.labelled ? granting.flatMap(({ labels }) => (labels === undefined ? [] : [labels])) : []
}

export function may(caller: Caller, permission: Permission, labels: Labels): boolean {
  const scope = scopeOf(caller, permission)
  return scope === 'all' || scope.some((wanted) => holds(labels, wanted))
}

/** Throws `forbidden` unless the permission is held on these labels. */
export function demand(caller: Caller, permission: Permission, labels: Labels): void {
  if (!may(caller, permission, labels)) throw forbidden(permission)
}

export function forbidden(permission: Permission): SallyportError {
  const needed = permissions[permission].roles.join(', ')
  return new SallyportError('forbidden', `this needs the permission ${permission}, which is held by: ${needed}`, { permission })
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
