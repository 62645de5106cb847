import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PostureCatalog } from './posture-catalog.js'
import { findingsOf, type PostureContext } from './posture-findings.js'

const none = { count: 0, names: [] }
const quiet: PostureCatalog = {
  self: { version: 150_018, role: 'app', database: 'shop', path: ['public'], passwords: 'scram-sha-256' },
  attributes: [],
  predefined: [],
  owners: [],
  unforced: none,
  schemas: [],
  creates: [],
  temporary: [],
  fileFunctions: [],
  parameters: [],
  untrusted: none,
  languages: none,
  extensions: [],
  wrappers: [],
  servers: [],
  foreign: none,
  masked: none,
}
const here: PostureContext = { target: { host: 'localhost', sslmode: 'disable' }, masks: false }
const attribute = { role: 'app', own: true, superuser: false, replication: false, bypassrls: false, createrole: false, createdb: false }

const found = (catalog: Partial<PostureCatalog>, context = here) => findingsOf({ ...quiet, ...catalog }, context)

describe('the findings of a posture', () => {
  it('are none where there is nothing to say', () => {
    expect(found({})).toEqual([])
  })

  it.each([
    ['disable', 'transport_plain', 'warning'],
    ['allow', 'transport_optional', 'warning'],
    ['prefer', 'transport_optional', 'warning'],
    ['require', 'transport_unverified', 'info'],
  ] as const)('tell of a transport off this machine with sslmode %s', (sslmode, id, severity) => {
    expect(found({}, { target: { host: 'db.example', sslmode }, masks: false })).toMatchObject([
      { id, severity, remedy: expect.stringContaining('verify-full') },
    ])
  })

  it('say nothing of a transport that proves whom it reaches', () => {
    for (const sslmode of ['require', 'verify-ca', 'verify-full'] as const)
      expect(found({}, { target: { host: 'db.example', sslmode, sslrootcert: 'PEM' }, masks: false })).toEqual([])
  })

  it('of a superuser tell that, and nothing that comes with it', () => {
    const all = found({
      attributes: [{ ...attribute, superuser: true, replication: true }],
      predefined: [{ role: 'pg_monitor', holders: ['app'] }],
      self: { ...quiet.self, passwords: 'md5' },
    })
    expect(all.map(({ id }) => id)).toEqual(['superuser', 'md5_passwords'])
    expect(all[0]?.remedy).toBe('ALTER ROLE app NOSUPERUSER;')
  })

  it('come the gravest first, then by name', () => {
    const ids = found({
      attributes: [{ ...attribute, createdb: true, bypassrls: true, replication: true }],
      languages: { count: 1, names: ['plpython3u'] },
      predefined: [{ role: 'pg_read_all_data', holders: ['app'] }],
    }).map(({ id, severity }) => `${severity} ${id}`)
    expect(ids).toEqual([
      'critical replication',
      'warning bypass_row_security',
      'warning pg_read_all_data',
      'info create_database',
      'info untrusted_languages',
    ])
  })

  it('warn of a predefined role that a later PostgreSQL brings', () => {
    expect(found({ predefined: [{ role: 'pg_new_powers', holders: ['app', 'lead'] }] })).toMatchObject([
      { id: 'pg_new_powers', severity: 'warning', remedy: 'REVOKE pg_new_powers FROM app;\nREVOKE pg_new_powers FROM lead;' },
    ])
  })

  it('name a few of many objects, and say how many more there are', () => {
    const names = ['a.f()', 'b.f()', 'c.f()', 'd.f()', 'e.f()']
    const [finding] = found({ untrusted: { count: 3_000, names } })
    expect(finding?.what).toMatch(/: a\.f\(\), b\.f\(\), c\.f\(\), d\.f\(\), e\.f\(\) and 2995 more$/)
    expect(finding?.remedy.split('\n')).toHaveLength(6)
    const many = Array.from({ length: 20 }, (_, i) => ({ name: `s${i}`, grantees: ['PUBLIC'] }))
    expect(found({ servers: many, schemas: many }).every(({ what, remedy }) => what.length < 300 && remedy.split('\n').length <= 6)).toBe(
      true,
    )
  })

  it('make no statement for what came without a grant', () => {
    expect(found({ creates: [{ name: 'shop', grantees: [] }] })[0]?.remedy).toMatch(/^-- shop: /)
  })

  it('are all in docs/posture.md, with the severity that they have', () => {
    const granted = [{ name: 'x', grantees: ['PUBLIC'] }]
    const some = { count: 1, names: ['x'] }
    const everything: Partial<PostureCatalog> = {
      self: { ...quiet.self, version: 180_000, passwords: 'md5' },
      attributes: [{ ...attribute, replication: true, bypassrls: true, createrole: true, createdb: true }],
      owners: [{ owner: 'app', own: true, relations: 1, functions: 1, schemas: 1, database: true, names: ['x'] }],
      schemas: granted,
      creates: granted,
      temporary: granted,
      fileFunctions: granted,
      wrappers: granted,
      servers: granted,
      unforced: some,
      untrusted: some,
      languages: some,
      foreign: some,
      masked: some,
      parameters: [{ name: 'x', privilege: 'SET', grantees: ['app'] }],
      extensions: [{ extension: 'dblink', schema: 'public' }],
    }
    const modes = ['disable', 'prefer', 'require'] as const
    const transports = modes.flatMap((sslmode) => found({}, { target: { host: 'db.example', sslmode }, masks: false }))
    const all = [...found(everything), ...found({ attributes: [{ ...attribute, superuser: true }] }), ...transports]
    const rows = readFileSync(join(import.meta.dirname, '../../../../../docs/posture.md'), 'utf8').match(/^\| `.*$/gm) ?? []
    const documented = new Map(
      rows.flatMap((row) => {
        const [ids = '', severity = ''] = row.slice(2).split(' | ')
        return [...ids.matchAll(/`([a-z0-9_]+)`/g)].map(([, id = '']) => [id, severity] as const)
      }),
    )
    for (const { id, severity } of all) expect([id, documented.get(id)]).toEqual([id, expect.stringContaining(severity)])
    const roles = [...documented.keys()].filter((id) => id.startsWith('pg_'))
    for (const { id, severity } of found({ predefined: roles.map((role) => ({ role, holders: ['app'] })) }))
      expect(documented.get(id)).toBe(severity)
    expect(new Set([...documented.keys()].filter((id) => !id.startsWith('pg_')))).toEqual(new Set(all.map(({ id }) => id)))
  })
})
