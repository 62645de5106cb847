import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.js'
import type { Environment } from './config.js'

const token = `sjt_${'a'.repeat(43)}.${'b'.repeat(43)}`
const flags = ['--join', token, '--server', 'localhost:8701', '--data', '/tmp/agent']

function errorsOf(args: readonly string[], env: Environment = {}): readonly string[] {
  const loaded = loadConfig(args, env)
  return loaded.ok ? [] : loaded.errors
}

describe('the configuration of the agent', () => {
  it('needs a server and a data directory, and has a default for all else', () => {
    expect(loadConfig(flags, {})).toMatchObject({
      ok: true,
      config: {
        joinToken: token,
        server: 'localhost:8701',
        dataDir: '/tmp/agent',
        bind: '127.0.0.1',
        ports: { postgres: 15_432, admin: 8702 },
        plaintext: false,
        parentWatch: false,
      },
    })
  })

  it('tells every error at once', () => {
    const wrong = {
      SALLYPORT_PG_PORT: '70000',
      SALLYPORT_ADMIN_PORT: 'http',
      SALLYPORT_BIND: 'not an address',
      SALLYPORT_PG_PLAINTEXT: 'yes',
      SALLYPORT_PARENT_WATCH: 'true',
      SALLYPORT_LOG_LEVEL: 'constructor',
      SALLYPORT_DRAIN_SECONDS: '60',
      SALLYPORT_AGENT_TLS_CERT: '/nowhere/cert.pem',
    }
    const errors = errorsOf(['--join', 'nonsense', '--server', 'no port', '--workers', '2'], wrong)
    for (const name of Object.keys(wrong)) expect(errors.join('\n')).toContain(name)
    for (const flag of ['join token', '--server', '--data', '--workers']) expect(errors.join('\n')).toContain(flag)
  })

  it('never repeats a join token in an error', () => {
    const errors = errorsOf(['--join', 'sjt_canary', '--unknown', '--server', 'h:1', '--data', 'd'])
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.join('\n')).not.toContain('canary')
  })

  it.each(['[::1]:8701', 'plane.example.com:443', '10.0.0.1:1'])('takes the server %s', (server) => {
    expect(loadConfig(['--server', server, '--data', 'd'], {})).toMatchObject({ ok: true, config: { server } })
  })

  it.each(['', ':8701', 'host:', 'host:0', 'host:99999', 'http://host:1', 'a b:1', '::1:8701'])('refuses the server %s', (server) => {
    expect(errorsOf(['--server', server, '--data', 'd'])).toHaveLength(1)
  })

  it('refuses two listeners on one port, but not two that pick their own', () => {
    expect(errorsOf(flags, { SALLYPORT_PG_PORT: '4000', SALLYPORT_ADMIN_PORT: '4000' })).toHaveLength(1)
    expect(errorsOf(flags, { SALLYPORT_PG_PORT: '0', SALLYPORT_ADMIN_PORT: '0' })).toHaveLength(0)
  })

  it('needs certificate and key together', () => {
    expect(errorsOf(flags, { SALLYPORT_AGENT_TLS_KEY: '/nowhere/key.pem' })).toEqual([expect.stringContaining('go together')])
  })
})
