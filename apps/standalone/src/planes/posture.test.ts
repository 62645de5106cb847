import { startTemporaryPostgres } from '@sallyport/embedded-postgres'
import type { Finding } from '@sallyport/core'
import { protocols } from '../../../../packages/registry/src/index.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDialer } from '../../../agent/src/dialler.js'
import { createProbes } from '../../../agent/src/probes.js'
import type { Probes } from '../../../agent/src/probes.js'
import { createUploads } from '../../../agent/src/uploads.js'
import type { Probed } from '../../../agent/src/probes.js'
import { withClient } from '../databases.js'
import { declareResource } from '../../test/declared.js'
import { eventually, startPlanes } from '../../test/planes.js'
import type { Planes, RunningAgent } from '../../test/planes.js'

const server = startPlanes()
let planes: Planes
let target: Awaited<ReturnType<typeof startTemporaryPostgres>>
let agent: RunningAgent
let probes: Probes

beforeAll(async () => {
  ;[planes, target] = await Promise.all([server.open(), startTemporaryPostgres()])
  await sql(`CREATE ROLE app LOGIN PASSWORD 'opensesame'`)
  const replica = await planes.replica()
  const { port } = replica
  const { token } = await replica.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })
  agent = await planes.agent({ port, dataDir: await planes.folder(), joinToken: token })
  const uploads = createUploads<Probed>({ what: 'a posture', upload: (probed) => agent.plane.uploadPosture(probed), log, pause: 50 })
  probes = createProbes({ config: agent.plane, dialer: createDialer(), protocols, tell: (probed) => uploads.offer(probed), log, limits })
})
afterAll(async () => {
  probes.close()
  await server.stop()
  await target.stop()
})

const log = { warn: () => undefined }
const limits = { every: 600_000, retry: 50, least: 50, time: 10_000, atOnce: 4 }

function sql(...statements: readonly string[]): Promise<void> {
  return withClient(target.url, async (client) => {
    for (const statement of statements) await client.query(statement)
  })
}

const address = () => ({ host: '127.0.0.1', port: target.port, database: 'postgres', user: 'app', sslmode: 'disable' })

/** What the control plane keeps of the resource, as soon as it fits. */
async function kept(resourceId: string, fits: (posture: Kept) => boolean): Promise<Kept> {
  return eventually(async () => {
    const found = await planes.db.targetPosture.findFirst({ where: { resourceId } })
    return found !== null && fits(found as unknown as Kept) && (found as unknown as Kept)
  })
}

interface Kept {
  readonly agentId: string
  readonly findings: readonly Finding[]
  readonly checkedAt: Date | null
  readonly error: string | null
}

const ids = ({ findings }: Kept) => findings.map(({ id }) => id)

it('is told to the control plane before any session, and again when the target changes', async () => {
  const id = await declareResource(planes, { name: 'shop', password: 'opensesame', target: address() })
  const first = await kept(id, () => true)
  expect(first).toMatchObject({
    agentId: agent.plane.agentId,
    findings: [{ id: 'temporary_tables', severity: 'info' }],
    error: null,
  })
  await sql('REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC', 'ALTER ROLE app SUPERUSER')
  probes.changed(id)
  const second = await kept(id, (posture) => ids(posture).join() === 'superuser')
  expect(second.findings[0]).toMatchObject({ severity: 'critical', remedy: 'ALTER ROLE app NOSUPERUSER;' })
  expect(second.checkedAt!.getTime()).toBeGreaterThan(first.checkedAt!.getTime())
  await sql('ALTER ROLE app NOSUPERUSER')
  probes.changed(id)
  await kept(id, (posture) => posture.findings.length === 0)
})

it('that cannot be looked at says why, keeps what was last found, and is found when it can be again', async () => {
  const id = await declareResource(planes, { name: 'away', password: 'opensesame', target: { ...address(), user: 'nobody' } })
  const none = await kept(id, ({ error }) => error !== null)
  expect([none.checkedAt, none.findings]).toEqual([null, []])
  expect(none.error).toMatch(/the target refused the login of the gateway: .*"nobody"/)
  await sql(`CREATE ROLE nobody LOGIN CREATEDB PASSWORD 'opensesame'`)
  const found = await kept(id, ({ error }) => error === null)
  expect(ids(found)).toEqual(['create_database'])
  await sql('ALTER ROLE nobody NOLOGIN')
  probes.changed(id)
  const again = await kept(id, ({ error }) => error !== null)
  expect(ids(again)).toEqual(['create_database'])
  expect(again.checkedAt).toEqual(found.checkedAt)
})

it('is not taken of a resource of somebody else, nor of a target that was changed meanwhile', async () => {
  const probed = { database: 'postgres', target: address(), at: performance.now(), outcome: { findings: [] } }
  const foreign = await declareResource(planes, { name: 'elsewhere', selector: { zone: 'red' }, target: address() })
  await expect(agent.plane.uploadPosture({ ...probed, resource: foreign })).rejects.toThrow('no such resource is assigned to this agent')
  const id = await declareResource(planes, { name: 'moved', target: { ...address(), port: 1 } })
  await expect(agent.plane.uploadPosture({ ...probed, resource: id })).rejects.toThrow('the target was changed since it was looked at')
})
