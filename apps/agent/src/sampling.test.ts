import type { Resource } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Protocol, Sample, Sampled } from '@sallyport/gate'
import { createFakeConfig } from '@sallyport/testkit'
import { describe, expect, it, vi } from 'vitest'
import { createSampling, type SamplingOptions } from './sampling.js'

const shop: Resource = { id: 'res_1', name: 'shop', protocol: 'fake', labels: {}, target: { database: 'shop' }, secrets: {} }
const found: Sampled = {
  database: 'shop',
  relations: 1,
  skipped: 0,
  proposals: [{ column: 'public.t.c', label: 'pii.email', detector: 'email', matched: 1, sampled: 1 }],
}

function world(changes: Partial<Pick<SamplingOptions, 'note'>> = {}) {
  const resources = [shop, { ...shop, id: 'res_2', name: 'stock' }, { ...shop, id: 'res_3', name: 'quiet', protocol: 'silent' }]
  const config = createFakeConfig({
    version: '1',
    expiresAt: Date.now() + 86_400_000,
    policies: [],
    resources: new Map(resources.map((resource) => [resource.name, resource])),
    locks: [],
    providers: new Set(),
  })
  const sample = vi.fn<Sample>(async () => found)
  const load = { engine: () => Promise.reject(new Error('unused')), judge: () => Promise.reject(new Error('unused')) }
  const common = {
    target: { schema: {}, secrets: [], guarded: [], validate: () => [] },
    obligations: { mask: 'refused', record: 'refused', max_rows: 'refused' },
  } as const
  const protocols: readonly Protocol[] = [
    { name: 'fake', ...common, load: { ...load, sample: async () => sample } },
    { name: 'silent', ...common, load },
  ]
  const told: string[] = []
  const tell = (fields: object, message: string) => void told.push(`${message} ${JSON.stringify(fields)}`)
  const note = vi.fn<SamplingOptions['note']>()
  const dialer = { dial: () => Promise.reject(new Error('unused')) }
  const sampling = createSampling({ config, dialer, protocols, log: { info: tell, warn: tell }, note, ...changes })
  const ask = (resource = 'res_1', meant: (target: object) => boolean = () => true) =>
    sampling.sample({ resource, meant, rows: 200 }, AbortSignal.timeout(5_000))
  return { config, sample, ask, told, note }
}

describe('a sampling', () => {
  it('is in the trail before anything is read, and answers what was found', async () => {
    const { ask, sample, note } = world()
    note.mockImplementation(() => expect(sample).not.toHaveBeenCalled())
    expect(await ask()).toEqual(found)
    expect(note).toHaveBeenCalledExactlyOnceWith({ resource: 'shop', rows: 200 })
    expect(sample.mock.calls[0]![0]).toMatchObject({ resource: shop, rows: 200, time: 40_000 })
  })

  it('reads nothing where the trail cannot be written', async () => {
    const { ask, sample } = world({ note: () => Promise.reject(new SallyportError('record_failed', 'the trail cannot be written')) })
    await expect(ask()).rejects.toMatchObject({ code: 'record_failed' })
    expect(sample).not.toHaveBeenCalled()
  })

  it('is refused for what this agent does not serve, has another target of, or cannot sample', async () => {
    const { ask, sample, config } = world()
    await expect(ask('res_9')).rejects.toMatchObject({ code: 'not_found' })
    await expect(ask('res_1', () => false)).rejects.toMatchObject({ code: 'conflict' })
    await expect(ask('res_3')).rejects.toMatchObject({ code: 'unprocessable' })
    config.apply({ expiresAt: Date.now() - 1 })
    await expect(ask()).rejects.toMatchObject({ code: 'stale' })
    expect(sample).not.toHaveBeenCalled()
  })

  it('runs once for a resource, and not for many at a time', async () => {
    const { ask, sample } = world()
    let end = (): void => undefined
    sample.mockImplementation(() => new Promise((resolve) => (end = () => resolve(found))))
    const first = ask()
    await vi.waitFor(() => expect(sample).toHaveBeenCalled())
    await expect(ask()).rejects.toMatchObject({ code: 'too_many' })
    end()
    await first
    const again = ask()
    await vi.waitFor(() => expect(sample).toHaveBeenCalledTimes(2))
    end()
    expect(await again).toEqual(found)
  })

  it('that goes wrong inside tells nobody in which words', async () => {
    const { ask, sample, told } = world()
    sample.mockRejectedValue(new SyntaxError('Unexpected token in "canary@example.org"'))
    await expect(ask()).rejects.toThrow('an error inside the agent')
    expect(told).toHaveLength(1)
    expect(told.join()).not.toContain('canary')
  })
})
