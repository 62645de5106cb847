/**
 * Who may do what over REST: rows are permissions, columns are roles. A route names its row; a route without one makes
 * the server refuse to boot. A role that is scoped by labels counts only in rows marked `labelled`, and only for records
 * whose labels hold every pair of the scope.
 */
export const roles = ['viewer', 'auditor', 'approver', 'operator', 'admin'] as const
export type RoleName = (typeof roles)[number]

interface Row {
  readonly roles: readonly RoleName[]
  /** The record carries the labels of a resource, so that a scoped role may hold it. */
  readonly labelled: boolean
}

const row = (names: string, labelled: 'labelled' | 'global' = 'global'): Row => ({
  roles: names.split(' ') as RoleName[],
  labelled: labelled === 'labelled',
})

export const permissions = {
  'resource.read': row('viewer auditor approver operator admin', 'labelled'),
  'resource.write': row('operator admin', 'labelled'),
  'policy.read': row('viewer auditor approver operator admin'),
  'policy.write': row('admin'),
  'policy.evaluate': row('viewer auditor approver operator admin', 'labelled'),
  'trust_provider.read': row('auditor operator admin'),
  'trust_provider.write': row('admin'),
  'role.read': row('auditor admin'),
  'role.write': row('admin'),
  'lock.read': row('auditor operator admin'),
  'lock.write': row('operator admin'),
  'agent.read': row('viewer auditor operator admin'),
  'agent.write': row('admin'),
  'session.read': row('auditor operator admin', 'labelled'),
  'session.terminate': row('operator admin', 'labelled'),
  'label_suggestion.read': row('auditor operator admin', 'labelled'),
  'label_suggestion.write': row('operator admin', 'labelled'),
  'masking_key.read': row('auditor operator admin'),
  'masking_key.write': row('operator admin'),
  'approval.read': row('auditor approver operator admin', 'labelled'),
  'approval.decide': row('approver admin', 'labelled'),
  'grant.read': row('auditor approver operator admin', 'labelled'),
  'grant.revoke': row('approver operator admin', 'labelled'),
  'audit.read': row('auditor admin'),
} as const satisfies Readonly<Record<string, Row>>

export type Permission = keyof typeof permissions

/** `authenticated`: any principal, with or without a role. `public`: nobody is asked who they are. */
export type RoutePermission = Permission | 'authenticated' | 'public'

export function isRoutePermission(value: unknown): value is RoutePermission {
  return value === 'authenticated' || value === 'public' || (typeof value === 'string' && Object.hasOwn(permissions, value))
}
