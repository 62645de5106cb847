import type { Finding, Resource } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Probe, Protocol, Snapshot } from '@sallyport/gate'
import { createFakeConfig, policyOf } from '@sallyport/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProbes, probeLimits, type Probed } from './probes.js'

const finding: Finding = { id: 'superuser', severity: 'critical', what: 'the role is a superuser', remedy: 'ALTER ROLE app NOSUPERUSER;' }
const shop: Resource = { id: 'res_1', name: 'shop', protocol: 'fake', labels: {}, target: { database: 'shop' }, secrets: {} }
const stock: Resource = { ...shop, id: 'res_2', name: 'stock', target: { database: 'stock' } }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function world(resources: readonly Resource[], policies: Snapshot['policies'] = []) {
  const config = createFakeConfig({
    version: '1',
    expiresAt: Date.now() + 86_400_000,
    policies,
    resources: new Map(resources.map((resource) => [resource.name, resource])),
    locks: [],
    providers: new Set(),
  })
  const probe = vi.fn<Probe>(async ({ resource }) => ({ database: String(resource.target['database']), findings: [finding] }))
  const load = { engine: () => Promise.reject(new Error('unused')), judge: () => Promise.reject(new Error('unused')) }
  const common = {
    target: { schema: {}, secrets: [], guarded: [], validate: () => [] },
    obligations: { mask: 'refused', record: 'refused', max_rows: 'refused' },
  } as const
  const protocols: readonly Protocol[] = [
    { name: 'fake', ...common, load: { ...load, probe: async () => probe } },
    { name: 'silent', ...common, load },
  ]
  const told: Probed[] = []
  const warned: string[] = []
  const log = { warn: (fields: object, message: string) => void warned.push(`${message} ${JSON.stringify(fields)}`) }
  const dialer = { dial: () => Promise.reject(new SallyportError('target_unreachable', 'the target of shop does not answer')) }
  const probes = createProbes({ config, dialer, protocols, tell: (probed) => void told.push(probed), log })
  return { config, probe, probes, told, warned }
}

const settle = () => vi.advanceTimersByTimeAsync(0)
const looked = (probe: { mock: { calls: readonly Parameters<Probe>[] } }) => probe.mock.calls.map(([{ resource }]) => resource.name)

describe('the targets that an agent serves', () => {
  it('are looked at before anybody asks, but for protocols that have nothing to look at', async () => {
    const { probe, told, probes } = world([shop, stock, { ...shop, id: 'res_3', name: 'quiet', protocol: 'silent' }])
    await settle()
    expect(looked(probe)).toEqual(['shop', 'stock'])
    expect(told[0]).toMatchObject({ resource: 'res_1', database: 'shop', target: shop.target, outcome: { findings: [finding] } })
    probes.close()
  })

  it('are looked at again when they were changed, and now and then; those that stayed are left alone', async () => {
    const { probe, config, probes } = world([shop, stock])
    await settle()
    config.apply({
      resources: new Map([
        ['shop', { ...shop, secrets: { password: 'new' } }],
        ['stock', stock],
      ]),
    })
    await settle()
    expect(looked(probe)).toEqual(['shop', 'stock', 'shop'])
    await vi.advanceTimersByTimeAsync(probeLimits.every * 1.2)
    expect(looked(probe).slice(3).toSorted()).toEqual(['shop', 'stock'])
    config.apply({ resources: new Map() })
    await vi.advanceTimersByTimeAsync(probeLimits.every * 5)
    expect(looked(probe)).toHaveLength(5)
    probes.close()
  })

  it('are looked at again soon after their catalog has changed, however often it changes', async () => {
    const { probe, probes } = world([shop])
    await settle()
    for (let i = 0; i < 100; i++) probes.changed('res_1')
    probes.changed('res_of_somebody_else')
    await vi.advanceTimersByTimeAsync(probeLimits.least / 2)
    expect(looked(probe)).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(probeLimits.least)
    expect(looked(probe)).toHaveLength(2)
    probes.close()
  })

  it('that do not answer are told as such and tried less and less often', async () => {
    const { probe, told, probes } = world([shop])
    probe.mockImplementation(async ({ dial }) => {
      await dial()
      return { database: 'shop', findings: [] }
    })
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(told[0]).toMatchObject({ database: 'shop', outcome: { error: 'the target of shop does not answer' } })
    // 5 s, 10 s, ... up to 10 min: 8 in the first quarter of an hour, then one each 10 min.
    expect(told.length).toBeGreaterThan(9)
    expect(told.length).toBeLessThan(15)
    probes.close()
  })

  it('are told with what policies mask there, and looked at again when that changes', async () => {
    const masking = policyOf({
      kind: 'policy',
      name: 'masking',
      subjects: { kinds: ['agent'] },
      resources: { names: ['shop'] },
      masks: [{ id: 'm', columns: ['public.customers.email'], as: 'redact' }],
    })
    const { probe, config, probes } = world([shop, stock])
    await settle()
    config.apply({ policies: [masking] })
    await settle()
    expect(looked(probe)).toEqual(['shop', 'stock', 'shop'])
    expect(probe.mock.calls.at(-1)?.[0].masked).toEqual([{ columns: ['public.customers.email'], labels: [] }])
    probes.close()
  })

  it('are left alone without a configuration in force, and a look at what is gone tells nothing', async () => {
    const { probe, told, config, probes } = world([shop])
    let finish: () => void = () => undefined
    probe.mockImplementation(() => new Promise((resolve) => (finish = () => resolve({ database: 'shop', findings: [] }))))
    await settle()
    expect(probe).toHaveBeenCalledOnce()
    config.apply({ expiresAt: 0 })
    expect(probe.mock.calls[0]?.[0].signal.aborted).toBe(true)
    finish()
    await vi.advanceTimersByTimeAsync(probeLimits.every * 3)
    expect([probe.mock.calls.length, told.length]).toEqual([1, 0])
    probes.close()
  })

  it('are looked at a few at a time', async () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ ...shop, id: `res_${i}`, name: `shop-${i}` }))
    const { probe, told, probes } = world(many)
    let now = 0
    let most = 0
    probe.mockImplementation(async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 10))
      now -= 1
      return { database: 'shop', findings: [] }
    })
    await vi.advanceTimersByTimeAsync(1_000)
    expect([told.length, most]).toEqual([20, probeLimits.atOnce])
    probes.close()
  })

  it('keep an error of ours to the log', async () => {
    const { probe, told, warned, probes } = world([shop])
    probe.mockRejectedValue(new TypeError('undefined is not a function'))
    await settle()
    expect(told[0]?.outcome).toEqual({ error: 'an error inside the agent' })
    expect(warned).toEqual([expect.stringContaining('undefined is not a function')])
    probes.close()
  })
})
