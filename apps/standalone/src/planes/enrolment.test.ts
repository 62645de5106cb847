import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enrol } from '../../../agent/src/enrol/index.js'
import { eventually, startPlanes } from '../../test/planes.js'
import type { Planes } from '../../test/planes.js'

const server = startPlanes()
let planes: Planes

beforeAll(async () => {
  planes = await server.open()
})
afterAll(() => server.stop())

const anyAgent = { labels: {}, ttl: 60_000, createdBy: 'system' }

describe('enrolment', () => {
  it('lets an agent in, connects it and gives it a configuration', async () => {
    const replica = await planes.replica()
    const { token } = await replica.createJoinToken({ ...anyAgent, labels: { env: 'test' } })
    const agent = await planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: token })
    await agent.plane.ready(AbortSignal.timeout(10_000))
    await eventually(() => agent.plane.state().link === 'connected')
    expect(agent.plane.current()?.resources.size).toBe(0)
    const row = await eventually(() =>
      planes.db.agent.findFirst({ where: { id: agent.plane.agentId, state: 'connected' } }).then((found) => found ?? undefined),
    )
    expect(row).toMatchObject({ version: 'test', labels: { env: 'test' } })
    await agent.stop()
    await eventually(async () => (await planes.db.agent.findUniqueOrThrow({ where: { id: agent.plane.agentId } })).state === 'disconnected')
  })

  it('keeps keys, certificate and snapshot where only the owner can read them', async () => {
    const replica = await planes.replica()
    const { token } = await replica.createJoinToken(anyAgent)
    const agent = await planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: token })
    await agent.plane.ready(AbortSignal.timeout(10_000))
    for (const name of ['identity/tls.key', 'identity/audit.key', 'identity/sealing.key', 'identity/continuity', 'snapshot.json']) {
      expect({ name, mode: (await stat(join(agent.dataDir, name))).mode & 0o777 }).toEqual({ name, mode: 0o600 })
    }
  })

  it('spends a join token on the first agent only', async () => {
    const replica = await planes.replica()
    const { token } = await replica.createJoinToken(anyAgent)
    const wanted = { server: `127.0.0.1:${replica.port}`, joinToken: token, agentVersion: 'test' }
    const agents = await planes.db.agent.count()
    await enrol({ ...wanted, dataDir: await planes.folder() })
    await expect(enrol({ ...wanted, dataDir: await planes.folder() })).rejects.toThrow('the join token is not valid')
    expect(await planes.db.agent.count()).toBe(agents + 1)
  })

  it('spends a join token once also when many agents come with it at the same time', async () => {
    const replica = await planes.replica()
    const { token } = await replica.createJoinToken(anyAgent)
    const folders = await Promise.all(Array.from({ length: 5 }, () => planes.folder()))
    const tries = await Promise.allSettled(
      folders.map((dataDir) => enrol({ server: `127.0.0.1:${replica.port}`, joinToken: token, agentVersion: 'test', dataDir })),
    )
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('refuses a join token that has expired', async () => {
    const replica = await planes.replica()
    const { id, token } = await replica.createJoinToken(anyAgent)
    await planes.db.joinToken.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } })
    const tried = enrol({ server: `127.0.0.1:${replica.port}`, joinToken: token, agentVersion: 'test', dataDir: await planes.folder() })
    await expect(tried).rejects.toThrow('the join token is not valid')
  })

  it('tells nothing to a control plane that the token does not pin', async () => {
    const [ours, theirs] = [await planes.replica(), await (await server.open()).replica()]
    const { token } = await ours.createJoinToken(anyAgent)
    const tap = await tapped(theirs.port)
    const dataDir = await planes.folder()
    await expect(enrol({ server: `127.0.0.1:${tap.port}`, joinToken: token, agentVersion: 'test', dataDir })).rejects.toThrow(
      'nothing was sent to it',
    )
    // The one connection asked for the chain; a secret would have needed another one.
    expect(tap.connections()).toBe(1)
    await tap.close()
    await expect(enrol({ server: `127.0.0.1:${ours.port}`, joinToken: token, agentVersion: 'test', dataDir })).resolves.toBeDefined()
  })

  it('uses a token that one replica made at another one', async () => {
    const [one, two] = [await planes.replica(), await planes.replica()]
    const { token } = await one.createJoinToken(anyAgent)
    const enrolled = enrol({ server: `127.0.0.1:${two.port}`, joinToken: token, agentVersion: 'test', dataDir: await planes.folder() })
    await expect(enrolled).resolves.toBeDefined()
  })

  it('needs a join token where the data directory was never enrolled', async () => {
    const tried = enrol({ server: '127.0.0.1:1', agentVersion: 'test', dataDir: await planes.folder() })
    await expect(tried).rejects.toThrow('a join token')
  })
})

async function tapped(port: number): Promise<{ readonly port: number; connections(): number; close(): Promise<void> }> {
  let connections = 0
  const tap = createServer((client) => {
    connections += 1
    const upstream = connect(port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve))
  return {
    port: (tap.address() as AddressInfo).port,
    connections: () => connections,
    close: () => new Promise((resolve) => tap.close(() => resolve())),
  }
}
