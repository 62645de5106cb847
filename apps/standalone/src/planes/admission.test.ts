import { setTimeout as sleep } from 'node:timers/promises'
import { AgentServiceService, EnrollmentServiceService } from '@sallyport/contract'
import { Metadata } from '@grpc/grpc-js'
import type { Client, ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enrol } from '../../../agent/src/enrol/index.js'
import type { ChannelIdentity } from '../../../agent/src/plane/channel.js'
import { channelIdentity, renewCertificate } from '../../../agent/src/plane/renewal.js'
import { agentClient, emptySpool, identityOf, rawLink, refusalFrom } from '../../test/raw.js'
import { startPlanes } from '../../test/planes.js'
import type { Planes } from '../../test/planes.js'

const server = startPlanes()
let planes: Planes

beforeAll(async () => {
  planes = await server.open()
})
afterAll(() => server.stop())

const methods = [...Object.values(EnrollmentServiceService), ...Object.values(AgentServiceService)].map(({ path }) => path)
const { enroll, renew } = EnrollmentServiceService

/** What every method answers to an empty message over this connection. */
async function answers(port: number, identity: ChannelIdentity): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const path of methods) {
    const client = agentClient(port, identity)
    found[path] = await refusalFrom(ask(client, path))
    client.close()
  }
  return found
}

function ask(client: Client, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const deadline = { deadline: Date.now() + 5_000 }
    const bytes = (value: Buffer): Buffer => value
    client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), new Metadata(), deadline, (error: ServiceError | null, answer) =>
      error === null ? resolve(answer) : reject(error),
    )
  })
}

async function enrolled(port: number, token: string): Promise<string> {
  const dataDir = await planes.folder()
  await enrol({ dataDir, server: `127.0.0.1:${port}`, joinToken: token, agentVersion: 'test' })
  return dataDir
}

describe('the agents listener', () => {
  it('admits a connection without a certificate to Enroll and to nothing else', async () => {
    const replica = await planes.replica()
    const answered = await answers(replica.port, { ca: replica.ca })
    const { [enroll.path]: answer, ...others } = answered
    expect(answer).toBe('join_token')
    expect(new Set(Object.values(others))).toEqual(new Set(['certificate']))
  })

  it('admits an expired certificate to Renew and to nothing else, and the renewed one to all', async () => {
    const replica = await planes.replica({ snapshotTtl: 300, certificateLifetime: 3_000 })
    const { token } = await replica.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })
    const identity = await identityOf(await enrolled(replica.port, token))
    await sleep(3_100)
    const { [renew.path]: answer, ...others } = await answers(replica.port, channelIdentity(identity))
    // Admitted, but an empty request proves no key.
    expect(answer).toBe('certificate')
    expect(new Set(Object.values(others))).toEqual(new Set(['certificate']))
    const expired = identity.certificate()
    await renewCertificate(identity, { host: '127.0.0.1', port: replica.port })
    expect(identity.certificate()).not.toBe(expired)
    const link = await rawLink(replica.port, identity, emptySpool('spl_00000000000000000000000001'))
    expect(link.link).toBe(1n)
    // It ends with its certificate.
    expect(await refusalFrom(link.control.receive())).toBe('certificate_expired')
    link.close()
  })

  it('renews only for the key that was enrolled', async () => {
    const replica = await planes.replica()
    const tokens = await Promise.all([1, 2].map(() => replica.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })))
    const [one, two] = await Promise.all(tokens.map(async ({ token }) => identityOf(await enrolled(replica.port, token))))
    const stolen = { ...one!, tlsKey: two!.tlsKey, certificate: () => two!.certificate() }
    expect(await refusalFrom(renewCertificate(stolen, { host: '127.0.0.1', port: replica.port }))).toBe('certificate')
  })

  it('refuses the certificate of another authority, whatever it says', async () => {
    const [ours, other] = [await planes.replica(), await server.open()]
    const theirs = await other.replica()
    const { token } = await theirs.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })
    const identity = await identityOf(await enrolled(theirs.port, token))
    const answered = await answers(ours.port, { ...channelIdentity(identity), ca: ours.ca })
    for (const answer of Object.values(answered)) expect(answer).toMatch(/^no reason: 14 UNAVAILABLE/)
  })

  it('refuses a revoked agent, also to renew', async () => {
    const replica = await planes.replica()
    const { token } = await replica.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })
    const identity = await identityOf(await enrolled(replica.port, token))
    await planes.db.agent.update({ where: { id: identity.agentId }, data: { state: 'revoked' } })
    expect(await refusalFrom(rawLink(replica.port, identity, emptySpool('spl_00000000000000000000000002')))).toBe('revoked')
    expect(await refusalFrom(renewCertificate(identity, { host: '127.0.0.1', port: replica.port }))).toBe('revoked')
  })

  it('is believed by agents only with a certificate of the control plane', async () => {
    const replica = await planes.replica()
    const { token } = await replica.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })
    const identity = await identityOf(await enrolled(replica.port, token))
    const imposter = await impersonated(identity)
    expect(await refusalFrom(rawLink(imposter.port, identity, emptySpool('spl_00000000000000000000000003')))).toMatch(/UNAVAILABLE/)
    imposter.close()
  })
})

/** An agent that serves TLS with its own certificate. */
async function impersonated(identity: Awaited<ReturnType<typeof identityOf>>): Promise<{ readonly port: number; close(): void }> {
  const { createServer } = await import('node:tls')
  const key = identity.tlsKey.export({ format: 'pem', type: 'pkcs8' })
  const listener = createServer({ cert: identity.certificate(), key, ALPNProtocols: ['h2'] })
  listener.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('a listener on TCP has a port')
  return { port: address.port, close: () => listener.close() }
}
