import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../ids.js'
import { resourceBody, startWorld, type World } from '../../testing/world.js'

let world: World
let operator: string
const queued: string[] = []
beforeAll(async () => {
  world = await startWorld({ jobs: { suggestLabels: async (run) => void queued.push(run) } })
  operator = await world.as('operator')
  await world.ask('PUT', '/v1/resources/shop', {
    token: operator,
    body: resourceBody({ target: { labels: { 'public.customers.email': ['contact'] } } }),
  })
})
afterAll(() => world.close())

const path = '/v1/resources/shop/label-suggestions'
const read = () => world.ask('GET', path, { token: operator })
const start = (body: unknown = {}) => world.ask('POST', path, { token: operator, body })

async function connectAgent(): Promise<void> {
  const key = () => Uint8Array.from(randomBytes(32))
  const certificateExpiresAt = new Date(Date.now() + 3_600_000)
  const keys = { tlsKey: key(), auditKey: key(), sealingKey: key() }
  const agent = { id: newId('agt'), labels: {}, state: 'connected', version: '1', ...keys, certificateExpiresAt }
  await world.db.agent.create({ data: agent })
  const continuity = Uint8Array.from(createHash('sha256').digest())
  await world.db.agentInstance.create({ data: { id: newId('ins'), agentId: agent.id, continuity, pending: [], connected: true } })
}

it('there is none before a run, and no run without an agent that serves the target', async () => {
  expect((await read()).body).toMatchObject({ state: 'none', run: null, items: [], patch: { target: { labels: {} } } })
  const refused = await start()
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
  expect(refused.body['detail']).toContain('no agent that serves shop is connected')
  expect((await start({ rows: 2001 })).status).toBe(400)
  expect((await start({ values: true })).status).toBe(400)
})

it('a run is queued, told, in the trail, and not started twice', async () => {
  await connectAgent()
  const first = await start({ rows: 50 })
  expect([first.status, first.headers['location'], first.body['state']]).toEqual([202, path, 'running'])
  const again = await start()
  expect([again.status, again.body['run']]).toEqual([202, first.body['run']])
  expect(queued).toEqual([first.body['run']])
  const acts = await world.db.adminEvent.findMany({ where: { action: 'label_suggestion.start' } })
  expect(acts.map(({ detail }) => detail)).toEqual([{ run: first.body['run'], rows: 50 }])
})

it('what was found comes with the labels that are there and a patch that accepts it, until the target moves', async () => {
  const { placeDigest } = await import('../../agent-streams/sampling.js')
  const resource = await world.db.resource.findUniqueOrThrow({ where: { name: 'shop' } })
  const proposal = (column: string, label: string) => ({ column, label, detector: label.slice(4), matched: 9, sampled: 10 })
  const proposals = [proposal('public.customers.email', 'pii.email'), proposal('public.customers.phone', 'pii.phone')]
  await world.db.labelSuggestion.update({
    where: { resourceId: resource.id },
    data: {
      state: 'done',
      finishedAt: new Date(),
      suggestedAt: new Date(),
      agentId: newId('agt'),
      placeDigest: placeDigest('postgres', resource.target as Record<string, unknown>),
      result: { database: 'shop', relations: 2, skipped: 0, proposals },
    },
  })
  const { body } = await read()
  expect(body.items.map(({ column, existing_labels }) => [column, existing_labels])).toEqual([
    ['public.customers.email', ['contact']],
    ['public.customers.phone', []],
  ])
  const labels = { 'public.customers.email': ['contact', 'pii.email'], 'public.customers.phone': ['pii.phone'] }
  expect(body['patch']).toEqual({ target: { labels } })
  const patched = await world.ask('PATCH', '/v1/resources/shop', { token: operator, body: body['patch'] })
  expect([patched.status, (patched.body['target'] as { labels: unknown }).labels]).toEqual([200, labels])
  const after = await read()
  expect([after.body.items.length, after.body['patch']]).toEqual([2, { target: { labels: {} } }])
  await world.ask('PATCH', '/v1/resources/shop', { token: operator, body: { target: { port: 5433, password: 'again' } } })
  expect((await read()).body).toMatchObject({ items: [], suggested_at: null, relations: null })
})
