import { expect, it } from 'vitest'
import { loadConfig } from './config.js'

it('has a default for everything', () => {
  const loaded = loadConfig({})
  expect(loaded).toMatchObject({
    ok: true,
    config: { bind: '127.0.0.1', demo: true, ports: { http: 8700, grpc: 8701, admin: 8702, issuer: 8703, postgres: 15_432 } },
  })
})

it('names every wrong variable at once', () => {
  const loaded = loadConfig({ SALLYPORT_HTTP_PORT: '70000', SALLYPORT_PG_PORT: 'five', SALLYPORT_DEMO: 'yes' })
  expect(loaded.ok ? [] : loaded.errors.map((error) => error.split(' ')[0])).toEqual([
    'SALLYPORT_HTTP_PORT',
    'SALLYPORT_PG_PORT',
    'SALLYPORT_DEMO',
  ])
})

it('refuses one number for two listeners, but as many zeros as one likes', () => {
  const twice = loadConfig({ SALLYPORT_HTTP_PORT: '9000', SALLYPORT_PG_PORT: '9000' })
  expect(twice.ok ? '' : twice.errors[0]).toMatch(/SALLYPORT_PG_PORT and SALLYPORT_HTTP_PORT both say 9000/)
  expect(loadConfig({ SALLYPORT_HTTP_PORT: '0', SALLYPORT_PG_PORT: '0' }).ok).toBe(true)
})

it('keeps the demo and its issuer off every address but loopback', () => {
  const open = loadConfig({ SALLYPORT_BIND: '0.0.0.0' })
  expect(open.ok ? '' : open.errors[0]).toContain('SALLYPORT_DEMO=0')
  expect(loadConfig({ SALLYPORT_BIND: '0.0.0.0', SALLYPORT_DEMO: '0' }).ok).toBe(true)
})
