import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from './config.js'
import { newMasterKeyText } from './secrets/index.js'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-config-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const base = () => ({ SALLYPORT_HOME: home, DATABASE_URL: 'postgresql://u:canary@localhost/db' })

function errorsOf(env: Record<string, string>): readonly string[] {
  const loaded = loadConfig({ ...base(), ...env })
  return loaded.ok ? [] : loaded.errors
}

it('needs only a database', async () => {
  const loaded = loadConfig(base())
  expect(loaded).toMatchObject({
    ok: true,
    config: {
      bind: '127.0.0.1',
      httpPort: 8700,
      grpcPort: 8701,
      audience: 'sallyport',
      apiAudience: 'sallyport-api',
      snapshotTtl: 86_400_000,
    },
  })
  expect((await stat(join(home, 'master.key'))).mode & 0o777).toBe(0o600)
})

it('keeps the master key that the first start made', () => {
  const [first, second] = [loadConfig(base()), loadConfig(base())]
  expect(first.ok && second.ok && first.config.masterKey.id === second.config.masterKey.id).toBe(true)
})

it('tells every error at once, each by its variable, and no value of a URL', () => {
  const errors = errorsOf({
    DATABASE_URL: 'mysql://u:canary@h/db',
    REDIS_URL: 'canary',
    SALLYPORT_HTTP_PORT: '70000',
    SALLYPORT_GRPC_PORT: 'x',
    SALLYPORT_PUBLIC_URL: 'ftp://x',
    SALLYPORT_TLS_CERT: '/nowhere',
    SALLYPORT_MASTER_KEY_FILE: '/nowhere',
    SALLYPORT_API_AUDIENCE: 'sallyport',
    SALLYPORT_SNAPSHOT_TTL: 'soon',
    SALLYPORT_LOG_LEVEL: 'loud',
    SALLYPORT_BOOTSTRAP_DIR: '/nowhere',
  })
  const named = errors.map((error) => error.split(' ')[0])
  expect(named).toEqual(
    expect.arrayContaining([
      'DATABASE_URL',
      'REDIS_URL',
      'SALLYPORT_HTTP_PORT',
      'SALLYPORT_GRPC_PORT',
      'SALLYPORT_PUBLIC_URL',
      'SALLYPORT_TLS_CERT',
      'SALLYPORT_TLS_KEY',
      'SALLYPORT_MASTER_KEY_FILE',
      'SALLYPORT_API_AUDIENCE',
      'SALLYPORT_SNAPSHOT_TTL',
      'SALLYPORT_LOG_LEVEL',
      'SALLYPORT_BOOTSTRAP_DIR',
    ]),
  )
  expect(errors.join()).not.toContain('canary')
})

it.each(['0.0.0.0', '::', '192.0.2.1', 'gateway.example'])(
  'takes no plain public address on %s, and half a certificate nowhere',
  (bind) => {
    expect(errorsOf({ SALLYPORT_BIND: bind })).toEqual([])
    expect(errorsOf({ SALLYPORT_BIND: bind, SALLYPORT_TLS_KEY: '/nowhere' }).join()).toContain('go together')
    expect(errorsOf({ SALLYPORT_BIND: bind, SALLYPORT_PUBLIC_URL: 'http://gateway.example' }).join()).toContain('must be https')
  },
)

it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('takes a plain public address on %s', (bind) => {
  expect(errorsOf({ SALLYPORT_BIND: bind })).toEqual([])
})

it('refuses a master key that others may read, or that is none', async () => {
  const file = join(home, 'key')
  await writeFile(file, newMasterKeyText(), { mode: 0o600 })
  expect(errorsOf({ SALLYPORT_MASTER_KEY_FILE: file })).toEqual([])
  await chmod(file, 0o640)
  expect(errorsOf({ SALLYPORT_MASTER_KEY_FILE: file }).join()).toContain('chmod 600')
  await writeFile(file, 'hunter2', { mode: 0o600 })
  await chmod(file, 0o600)
  const errors = errorsOf({ SALLYPORT_MASTER_KEY_FILE: file })
  expect(errors.join()).toContain('32 bytes')
  expect(errors.join()).not.toContain('hunter2')
  expect(errorsOf({ SALLYPORT_MASTER_KEY: newMasterKeyText() })).toEqual([])
  expect(errorsOf({ SALLYPORT_MASTER_KEY: newMasterKeyText(), SALLYPORT_MASTER_KEY_FILE: file })).toHaveLength(1)
})
