import { startTemporaryPostgres } from '@sallyport/embedded-postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { protocols } from '../../../../packages/registry/src/index.js'
import { createDialer } from '../../../agent/src/dialler.js'
import { createSampling } from '../../../agent/src/sampling.js'
import { newId } from '../../../agent/src/clock.js'
import { failRun, suggestLabels } from '../../../control-plane/src/jobs/suggest-labels.js'
import { declareResource } from '../../test/declared.js'
import { startPlanes } from '../../test/planes.js'
import type { Planes, RunningAgent } from '../../test/planes.js'
import { withClient } from '../databases.js'

const server = startPlanes()
let planes: Planes
let target: Awaited<ReturnType<typeof startTemporaryPostgres>>
let agent: RunningAgent
const logged: string[] = []
const tell = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`)

beforeAll(async () => {
  ;[planes, target] = await Promise.all([server.open(), startTemporaryPostgres()])
  await withClient(target.url, async (client) => {
    await client.query(`CREATE ROLE app LOGIN PASSWORD 'opensesame'`)
    await client.query('CREATE TABLE customers (email text, note text)')
    await client.query(`INSERT INTO customers SELECT 'canary.' || i || '@example.org', 'note' FROM generate_series(1, 30) i`)
    await client.query('GRANT SELECT ON customers TO app')
  })
  const [replica] = [await planes.replica(), await planes.replica()]
  const { token } = await replica.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })
  agent = await planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: token })
  await agent.plane.ready(AbortSignal.timeout(10_000))
  const log = { info: tell, warn: tell }
  agent.plane.onSample(createSampling({ config: agent.plane, dialer: createDialer(), protocols, log, note: () => undefined }).sample)
})
afterAll(async () => {
  await server.stop()
  await target.stop()
})

const address = () => ({ host: '127.0.0.1', port: target.port, database: 'postgres', user: 'app', sslmode: 'disable' })

async function queued(resourceId: string): Promise<string> {
  const runId = newId('lsg')
  const run = { runId, state: 'queued', rows: 200, askedBy: 'system', askedAt: new Date(), finishedAt: null, error: null }
  await planes.db.labelSuggestion.upsert({ where: { resourceId }, create: { resourceId, ...run }, update: run })
  return runId
}

async function carriedOut(resourceId: string) {
  await suggestLabels({ db: planes.db, patience: 10_000 }, await queued(resourceId))
  return planes.db.labelSuggestion.findUniqueOrThrow({ where: { resourceId } })
}

it('is asked of an agent that serves the target, and what it counts is kept without a value', async () => {
  const id = await declareResource(planes, { name: 'shop', password: 'opensesame', target: address() })
  await expect.poll(() => agent.plane.current()?.resources.has('shop'), { timeout: 10_000 }).toBe(true)
  const run = await carriedOut(id)
  expect(run).toMatchObject({ state: 'done', error: null, agentId: agent.plane.agentId })
  expect(run.result).toEqual({
    database: 'postgres',
    relations: 1,
    skipped: 0,
    proposals: [{ column: 'public.customers.email', label: 'pii.email', detector: 'email', matched: 30, sampled: 30 }],
  })
  const events = await planes.db.adminEvent.findMany({ where: { action: 'label_suggestion.finish' } })
  expect(events).toHaveLength(1)
  expect(JSON.stringify([run, events, logged], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    'canary',
  )
})

it('that fails says why and keeps what was found before; a run that is over is not carried out again', async () => {
  const { id } = await planes.db.resource.findUniqueOrThrow({ where: { name: 'shop' } })
  await withClient(target.url, (client) => client.query('ALTER ROLE app NOLOGIN'))
  const run = await carriedOut(id)
  expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('the target refused the login') })
  expect(run.result).toMatchObject({ relations: 1 })
  await suggestLabels({ db: planes.db }, run.runId)
  await failRun(planes.db, run.runId, 'again')
  expect(await planes.db.labelSuggestion.findUniqueOrThrow({ where: { resourceId: id } })).toEqual(run)
})

it('fails where no agent that serves the target is connected', async () => {
  const id = await declareResource(planes, { name: 'elsewhere', selector: { zone: 'red' }, target: address() })
  expect(await carriedOut(id)).toMatchObject({ state: 'failed', error: 'no agent that serves it is connected', result: null })
})
