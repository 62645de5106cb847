import { expect, test } from 'vitest'
import { rootCertificate } from '../test/certificates.js'
import { parseDuration, shorter } from './duration.js'
import { isLoopback, postgresTarget, readTarget } from './target.js'

const minimal = { host: 'db.internal', database: 'shop', user: 'sallyport' }
const paths = (target: unknown) => postgresTarget.validate(target).map((problem) => problem.path)

test('a minimal target is enough, and a full one is read whole', () => {
  expect(paths(minimal)).toEqual([])
  expect(readTarget(minimal)).toMatchObject({ port: 5432, sslmode: 'prefer', notices: 'auto', imposed: { readOnly: false } })
  const full = {
    ...minimal,
    port: 6432,
    password: 'x',
    sslmode: 'verify-full',
    sslrootcert: rootCertificate,
    imposed: {
      read_only: true,
      statement_timeout: '30s',
      lock_timeout: 500,
      idle_in_transaction_session_timeout: '1min',
      idle_session_timeout: '1h',
      transaction_timeout: '5min',
      search_path: ['app', 'public'],
    },
    functions: { 'public.f(int)': { effects: ['read'], reads: ['public.customers.email'] } },
  }
  expect(paths(full)).toEqual([])
  expect(readTarget(full)).toMatchObject({
    port: 6432,
    imposed: {
      readOnly: true,
      timeouts: {
        statement_timeout: 30_000,
        lock_timeout: 500,
        idle_in_transaction_session_timeout: 60_000,
        idle_session_timeout: 3_600_000,
        transaction_timeout: 300_000,
      },
      searchPath: ['app', 'public'],
    },
  })
})

test.each([
  [{}, ['/host', '/database', '/user']],
  [undefined, ['']],
  ['postgres://x', ['']],
  [[], ['']],
  [{ ...minimal, host: '/var/run/postgresql' }, ['/host']],
  [{ ...minimal, host: 'a,b' }, ['/host']],
  [{ ...minimal, host: 'a b' }, ['/host']],
  [{ ...minimal, port: 0 }, ['/port']],
  [{ ...minimal, port: '5432' }, ['/port']],
  [{ ...minimal, user: 'a\0b' }, ['/user']],
  [{ ...minimal, database: 'x'.repeat(64) }, ['/database']],
  [{ ...minimal, databases: '*' }, ['/databases']],
  [{ ...minimal, databases: ['a', '', 5] }, ['/databases/1', '/databases/2']],
  [{ ...minimal, databases: Array.from({ length: 65 }, (_, i) => `d${i}`) }, ['/databases']],
  [{ ...minimal, imposed: { lock_timeout: 'soon', transaction_timeout: 0 } }, ['/imposed/lock_timeout', '/imposed/transaction_timeout']],
  [{ ...minimal, password: 'a\0b' }, ['/password']],
  [{ ...minimal, password_from: { vault: 'x' } }, ['/password_from']],
  [{ ...minimal, listen: 5433 }, ['/listen']],
  [{ ...minimal, sslmode: 'sometimes' }, ['/sslmode']],
  [{ ...minimal, notices: false }, ['/notices']],
  [{ ...minimal, sslmode: 'verify-ca' }, ['/sslrootcert']],
  [{ ...minimal, sslmode: 'verify-ca', sslrootcert: 'system' }, ['/sslrootcert']],
  [{ ...minimal, sslmode: 'require', sslrootcert: 'system' }, ['/sslmode']],
  [{ ...minimal, sslrootcert: '/etc/ssl/root.pem' }, ['/sslrootcert']],
  [{ ...minimal, imposed: { rows: 5 } }, ['/imposed/rows']],
  [{ ...minimal, imposed: { read_only: 'yes' } }, ['/imposed/read_only']],
  [{ ...minimal, imposed: { statement_timeout: 0 } }, ['/imposed/statement_timeout']],
  [{ ...minimal, imposed: { search_path: ['$user'] } }, ['/imposed/search_path']],
  [{ ...minimal, imposed: { search_path: 'public' } }, ['/imposed/search_path']],
  [{ ...minimal, imposed: { search_path: ['pg_temp'] } }, ['/imposed/search_path']],
  [{ ...minimal, functions: { f: { effects: ['read'], reads: [] } } }, ['/functions/f']],
  [{ ...minimal, functions: { 'public.f()': {} } }, ['/functions/public.f()/effects', '/functions/public.f()/reads']],
  [{ ...minimal, labels: { 'customers.email': ['pii'] } }, ['/labels/customers.email']],
  [{ ...minimal, labels: { 'public.customers.email': 'pii' } }, ['/labels/public.customers.email']],
  [{ ...minimal, pasword: 'typo', __proto__: null, toString: 'x' }, ['/pasword', '/toString']],
])('a target %j is refused field by field', (target, expected) => {
  expect(paths(target)).toEqual(expected)
})

test('a problem never repeats the secret', () => {
  const problems = postgresTarget.validate({ ...minimal, password: 'hunter2\0', sslmode: 'x' })
  expect(JSON.stringify(problems)).not.toContain('hunter2')
})

test('durations are read as PostgreSQL reads them', () => {
  const read = { 250: 250, '30s': 30_000, '1.5 min': 90_000, '2h': 7_200_000, '1d': 86_400_000, '0': 0, '500us': 1 }
  for (const [text, milliseconds] of Object.entries(read)) expect(parseDuration(text)).toBe(milliseconds)
  for (const text of ['', 's', '-1', '1 week', '1e3', '99999999999', '30 d s', '25d']) expect(parseDuration(text)).toBeUndefined()
})

test('the shorter limit wins, and none never wins', () => {
  expect(shorter(10, 20)).toBe(10)
  expect(shorter(0, 20)).toBe(20)
  expect(shorter(10, undefined)).toBe(10)
  expect(shorter(0, undefined)).toBeUndefined()
})

test('only this machine is loopback', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) expect(isLoopback(host)).toBe(true)
  for (const host of ['127.0.0.1.example', 'localhost.example', '10.0.0.1', '0.0.0.0', '::']) expect(isLoopback(host)).toBe(false)
})
