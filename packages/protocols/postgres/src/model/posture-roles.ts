import type { Finding, Severity } from '@sallyport/core'
import type { AttributeRow, OwnerRow, PostureCatalog, PredefinedRow } from './posture-catalog.js'
import { list, statements } from './posture-words.js'

/** What the role is: its attributes, the roles it is a member of, what it owns. */

type Attribute = Exclude<keyof AttributeRow, 'role' | 'own'>

/** `before16`: until PostgreSQL 16 CREATEROLE could grant itself every role that is no superuser, those for files and programs too. */
const attributes: Readonly<
  Record<
    Attribute,
    { readonly id: string; readonly severity: Severity; readonly before16?: Severity; readonly is: string; readonly not: string }
  >
> = {
  superuser: { id: 'superuser', severity: 'critical', is: 'is a superuser: no privilege binds it', not: 'NOSUPERUSER' },
  replication: { id: 'replication', severity: 'critical', is: 'may replicate: every row of every database', not: 'NOREPLICATION' },
  bypassrls: { id: 'bypass_row_security', severity: 'warning', is: 'bypasses row security', not: 'NOBYPASSRLS' },
  createrole: { id: 'create_role', severity: 'warning', before16: 'critical', is: 'may make and change roles', not: 'NOCREATEROLE' },
  createdb: { id: 'create_database', severity: 'info', is: 'may make databases, which it then owns', not: 'NOCREATEDB' },
}

export function attribute({ attributes: rows, self }: PostureCatalog, name: Attribute): Finding | undefined {
  const having = rows.filter((row) => row[name])
  if (having.length === 0) return undefined
  const { id, severity, before16, is, not } = attributes[name]
  const own = having.find((row) => row.own)
  const others = having.filter((row) => !row.own).map(({ role }) => role)
  return {
    id,
    severity: self.version < 160_000 ? (before16 ?? severity) : severity,
    what: own ? `the role ${self.role} ${is}` : `the role ${self.role} may become ${list(others)}, which ${is}`,
    remedy: own ? `ALTER ROLE ${self.role} ${not};` : statements(others, (role) => `REVOKE ${role} FROM ${self.role};`),
  }
}

const predefined: Readonly<Record<string, { readonly severity: Severity; readonly may: string }>> = {
  pg_execute_server_program: { severity: 'critical', may: 'run programs on the server' },
  pg_read_server_files: { severity: 'critical', may: 'read files of the server' },
  pg_write_server_files: { severity: 'critical', may: 'write files of the server' },
  pg_read_all_data: { severity: 'warning', may: 'read every table, also those made later' },
  pg_write_all_data: { severity: 'warning', may: 'write every table, also those made later' },
  pg_maintain: { severity: 'warning', may: 'lock and rebuild every table' },
  pg_monitor: { severity: 'warning', may: 'see what others run, with the values in it, and all settings' },
  pg_read_all_stats: { severity: 'warning', may: 'see what others run, with the values in it' },
  pg_read_all_settings: { severity: 'info', may: 'see all settings, also those for superusers' },
  pg_stat_scan_tables: { severity: 'info', may: 'scan and lock every table to count it' },
  pg_signal_backend: { severity: 'warning', may: 'cancel and end the sessions of others' },
  pg_signal_autovacuum_worker: { severity: 'info', may: 'end the vacuum of others' },
  pg_checkpoint: { severity: 'info', may: 'force checkpoints' },
  pg_use_reserved_connections: { severity: 'info', may: 'take the connections kept for administrators' },
  pg_create_subscription: { severity: 'warning', may: 'make the server connect elsewhere' },
}

export function membership({ role, holders }: PredefinedRow): Finding {
  const { severity, may } = Object.hasOwn(predefined, role)
    ? predefined[role]!
    : ({ severity: 'warning', may: 'do what that predefined role of its server may' } as const)
  return {
    id: role,
    severity,
    what: `${list(holders)} is a member of ${role}, so the role may ${may}`,
    remedy: statements(holders, (holder) => `REVOKE ${role} FROM ${holder};`),
  }
}

export function owner({ owners, self }: PostureCatalog): Finding | undefined {
  if (owners.length === 0) return undefined
  const own = owners.some((row) => row.own)
  const others = owners.filter((row) => !row.own).map((row) => row.owner)
  return {
    id: 'owner',
    severity: 'warning',
    what: `the role ${self.role} has an owner's rights, which no grant or row policy limits: ${owners.map(possessions).join('; ')}`,
    remedy: [
      ...(own ? [`REASSIGN OWNED BY ${self.role} TO another_role; -- then grant ${self.role} what it needs`] : []),
      ...(others.length > 0 ? [statements(others, (role) => `REVOKE ${role} FROM ${self.role};`)] : []),
    ].join('\n'),
  }
}

function possessions({ owner: role, relations, functions, schemas: owned, database, names }: OwnerRow): string {
  const counted = [
    ...(relations > 0 ? [`${relations} ${relations === 1 ? 'relation' : 'relations'}`] : []),
    ...(owned > 0 ? [`${owned} ${owned === 1 ? 'schema' : 'schemas'}`] : []),
    ...(functions > 0 ? [`${functions} ${functions === 1 ? 'function' : 'functions'}`] : []),
    ...(database ? ['the database'] : []),
  ]
  return `${role} owns ${counted.join(', ')}${names.length > 0 ? ` (${list(names, relations + owned + functions)})` : ''}`
}

export function unforced({ unforced: { count, names } }: PostureCatalog): Finding | undefined {
  if (count === 0) return undefined
  return {
    id: 'row_security_not_forced',
    severity: 'warning',
    what: `row security does not bind the owner, whose rights the role has: ${list(names, count)}`,
    remedy: statements(names, (name) => `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`, count),
  }
}
