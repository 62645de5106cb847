import type { Finding } from '@sallyport/core'
import type { PostureCatalog } from './posture-catalog.js'
import { list, namesOf, revoke, statements } from './posture-words.js'

/** What the role may do to objects: grants to it, to what it is a member of, to everybody. */

export function schemas({ schemas: rows, self }: PostureCatalog): Finding | undefined {
  if (rows.length === 0) return undefined
  return {
    id: 'create_in_search_path',
    severity: 'warning',
    what: `the role ${self.role} may create in schemas of its search path, where a function takes the place of another: ${namesOf(rows)}`,
    remedy: revoke(rows, ({ name, grantees }) => `REVOKE CREATE ON SCHEMA ${name} FROM ${grantees};`),
  }
}

export function creates({ creates: rows, self }: PostureCatalog): Finding | undefined {
  if (rows.length === 0) return undefined
  return {
    id: 'create_schema',
    severity: 'warning',
    what: `the role ${self.role} may make schemas in the database ${namesOf(rows)}, which are its own`,
    remedy: revoke(rows, ({ name, grantees }) => `REVOKE CREATE ON DATABASE ${name} FROM ${grantees};`),
  }
}

export function temporary({ temporary: rows, self }: PostureCatalog, masks: boolean): Finding | undefined {
  if (rows.length === 0) return undefined
  const copies = masks ? ', which can keep what policies mask' : ''
  return {
    id: 'temporary_tables',
    severity: masks ? 'warning' : 'info',
    what: `the role ${self.role} may make temporary tables in the database ${namesOf(rows)}${copies}`,
    remedy: revoke(rows, ({ name, grantees }) => `REVOKE TEMPORARY ON DATABASE ${name} FROM ${grantees};`),
  }
}

export function files({ fileFunctions: rows, self }: PostureCatalog): Finding | undefined {
  if (rows.length === 0) return undefined
  return {
    id: 'file_functions',
    severity: 'critical',
    what: `the role ${self.role} may call functions that reach files of the server: ${namesOf(rows)}`,
    remedy: revoke(rows, ({ name, grantees }) => `REVOKE EXECUTE ON FUNCTION ${name} FROM ${grantees};`),
  }
}

export function parameters({ parameters: rows, self }: PostureCatalog): Finding | undefined {
  if (rows.length === 0) return undefined
  const named = rows.map(({ privilege, name, grantees }) => ({ name: `${privilege} ON PARAMETER ${name}`, grantees }))
  return {
    id: 'parameters',
    severity: 'warning',
    what: `the role ${self.role} may change settings that are for superusers: ${namesOf(named)}`,
    remedy: revoke(named, ({ name, grantees }) => `REVOKE ${name} FROM ${grantees};`),
  }
}

export function untrusted({ untrusted: { count, names }, self }: PostureCatalog): Finding | undefined {
  if (count === 0) return undefined
  return {
    id: 'untrusted_functions',
    severity: 'warning',
    what: `the role ${self.role} may call functions in untrusted languages, which nothing confines to the database: ${list(names, count)}`,
    remedy: statements(names, (name) => `REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC, ${self.role};`, count),
  }
}

export function languages({ languages: { count, names } }: PostureCatalog): Finding | undefined {
  if (count === 0) return undefined
  return {
    id: 'untrusted_languages',
    severity: 'info',
    what: `the database has untrusted languages, in which an administrator may write functions that leave it: ${list(names, count)}`,
    remedy: statements(names, (name) => `DROP LANGUAGE ${name}; -- where nothing needs it`, count),
  }
}

export function extensions({ extensions: rows, self }: PostureCatalog): Finding | undefined {
  if (rows.length === 0) return undefined
  const moved = rows.map(({ extension }) => `DROP EXTENSION ${extension};`)
  return {
    id: 'outward_extensions',
    severity: 'warning',
    what: `the role ${self.role} may call extensions that reach other servers, or run statements where nobody judges them: ${list(rows.map(({ extension }) => extension))}`,
    remedy: `${moved.join('\n')}\n-- or, where others need it: take USAGE on its schema (${list([...new Set(rows.map(({ schema }) => schema))])}) or EXECUTE on its functions from PUBLIC and ${self.role}`,
  }
}

export function foreign({ wrappers, servers, self }: PostureCatalog): Finding | undefined {
  if (wrappers.length + servers.length === 0) return undefined
  const all = [
    ...servers.map(({ name, grantees }) => ({ name: `SERVER ${name}`, grantees })),
    ...wrappers.map(({ name, grantees }) => ({ name: `DATA WRAPPER ${name}`, grantees })),
  ]
  return {
    id: 'foreign_servers',
    severity: 'warning',
    what: `the role ${self.role} may use foreign servers or make them: ${namesOf(all)}`,
    remedy: revoke(all, ({ name, grantees }) => `REVOKE USAGE ON FOREIGN ${name} FROM ${grantees};`),
  }
}

export function foreignTables({ foreign: { count, names }, self }: PostureCatalog): Finding | undefined {
  if (count === 0) return undefined
  return {
    id: 'foreign_tables',
    severity: 'info',
    what: `the role ${self.role} may read tables that lie on other servers or in files: ${list(names, count)}`,
    remedy: statements(names, (name) => `REVOKE SELECT ON ${name} FROM ${self.role}; -- where no policy means to open it`, count),
  }
}

export function masked({ masked: { count, names }, self }: PostureCatalog): Finding | undefined {
  if (count === 0) return undefined
  return {
    id: 'masked_columns',
    severity: 'info',
    what: `the role ${self.role} may read columns that policies mask, so the gateway alone hides them: ${list(names, count)}`,
    remedy: `grant SELECT on the other columns only, where no caller of this resource needs them: GRANT SELECT (column, ...) ON table TO ${self.role};`,
  }
}
