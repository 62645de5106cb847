import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startPlanes } from '../../test/planes.js'
import type { Planes } from '../../test/planes.js'

let server: Awaited<ReturnType<typeof startPlanes>>
let planes: Planes

beforeAll(async () => {
  server = await startPlanes()
  planes = await server.open()
})
afterAll(() => server.stop())

const tokenFor = { labels: {}, ttl: 60_000, createdBy: 'system' }

describe('an agent', () => {
  it('enrols with a join token, connects, and has a configuration', async () => {
    const replica = await planes.replica()
    const { token } = await replica.createJoinToken(tokenFor)
    const agent = await planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: token })
    await agent.plane.ready(AbortSignal.timeout(10_000))
    await eventually(() => agent.plane.state().link === 'connected')
    expect(agent.plane.current()?.resources.size).toBe(0)
    const row = await eventually(
      async () => (await planes.db.agent.findFirst({ where: { id: agent.plane.agentId, state: 'connected' } })) ?? undefined,
    )
    expect(row.version).toBe('test')
  })
})
