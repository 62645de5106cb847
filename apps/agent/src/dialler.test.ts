import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, TLSSocket } from 'node:tls'
import type { Resource } from '@sallyport/core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDialer } from './dialler.js'
import { openCertificate } from './listeners/certificate.js'
import type { ListenerCertificate } from './listeners/certificate.js'

let folder = ''
let certificate: ListenerCertificate
let ca = ''
let otherCa = ''
const servers: Server[] = []
const never = new AbortController().signal

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dialler '))
  certificate = await openCertificate({ dataDir: folder, bind: '127.0.0.1' })
  ca = await readFile(certificate.authority ?? '', 'utf8')
  const other = await mkdtemp(join(folder, 'other'))
  const stranger = await openCertificate({ dataDir: other, bind: '127.0.0.1' })
  otherCa = await readFile(stranger.authority ?? '', 'utf8')
  stranger.close()
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})
afterAll(async () => {
  certificate.close()
  await rm(folder, { recursive: true, force: true })
})

/** A target that speaks TLS at once, or only stares. */
async function target(speaks: 'tls' | 'nothing'): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (speaks === 'nothing') return
    const secure = new TLSSocket(socket, { isServer: true, secureContext: certificate.secureContext(), ALPNProtocols: ['postgresql'] })
    secure.on('error', () => undefined)
    secure.once('secure', () => secure.write('hello'))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** The certificate that whoever connects there sees. */
function leafAt(port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().raw)
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

function resource(fields: Readonly<Record<string, unknown>>): Resource {
  return { id: 'res_1', name: 'shop', protocol: 'postgres', labels: {}, target: fields, secrets: { password: 'canary' } }
}

const at = async (speaks: 'tls' | 'nothing' = 'tls') => resource({ host: '127.0.0.1', port: await target(speaks) })

describe('dialling', () => {
  it('connects in clear, then under TLS, and hands over what names the certificate', async () => {
    const port = await target('tls')
    const raw = await leafAt(port)
    const upstream = await createDialer().dial(resource({ host: '127.0.0.1', port }), never)
    expect(upstream).toMatchObject({ encrypted: false })
    expect(upstream.endPoint).toBeUndefined()
    const secure = await upstream.upgrade({ verify: 'verify-full', ca, servername: 'localhost', alpn: ['postgresql'] })
    expect(secure.encrypted).toBe(true)
    expect(Buffer.from(secure.endPoint ?? []).equals(createHash('sha256').update(raw).digest())).toBe(true)
    expect(await new Promise((resolve) => secure.stream.once('data', (chunk) => resolve(String(chunk))))).toBe('hello')
    secure.stream.destroy()
  })

  it.each([
    ['require', undefined, 'anything', true],
    ['require', 'other', 'anything', true],
    ['verify-ca', 'own', 'wrong.example.com', true],
    ['verify-ca', 'other', 'localhost', false],
    ['verify-ca', undefined, 'localhost', false],
    ['verify-full', 'own', 'localhost', true],
    ['verify-full', 'own', '127.0.0.1', true],
    ['verify-full', 'own', hostname(), true],
    ['verify-full', 'own', 'wrong.example.com', false],
    ['verify-full', 'own', '127.0.0.2', false],
    ['verify-full', 'other', 'localhost', false],
  ] as const)('checks as %s with roots %s and the name %s: %s', async (verify, roots, servername, fine) => {
    const upstream = await createDialer().dial(await at(), never)
    const trusted = { own: ca, other: otherCa }
    const upgraded = upstream.upgrade({ verify, servername, ...(roots === undefined ? {} : { ca: trusted[roots] }) })
    const outcome = await upgraded.then(
      () => 'in',
      (error: Error) => error.message,
    )
    expect(outcome === 'in').toBe(fine)
    expect(outcome).toMatch(/^(in|TLS with the target of shop failed \([A-Z_]+\))$/)
    upstream.stream.destroy()
  })

  it('says that a target does not answer, without its address', async () => {
    const port = await target('nothing')
    servers.splice(0).forEach((server) => server.close())
    const refused = createDialer().dial(resource({ host: '127.0.0.1', port }), never)
    await expect(refused).rejects.toMatchObject({
      code: 'target_unreachable',
      message: 'the target of shop does not answer (ECONNREFUSED)',
    })
    const unknown = createDialer().dial(resource({ host: 'nowhere.invalid', port }), never)
    await expect(unknown).rejects.toThrow(/^the target of shop does not answer \(E[A-Z_]+\)$/)
  })

  it.each([{}, { host: '', port: 1 }, { host: 'h' }, { host: 'h', port: 0 }, { host: 'h', port: '5432' }, { host: ['h'], port: 1 }])(
    'refuses the target %j',
    async (fields) => {
      await expect(createDialer().dial(resource(fields), never)).rejects.toThrow('the target of shop has no host and port')
    },
  )

  it('gives up when the session is over', async () => {
    const life = new AbortController()
    life.abort()
    await expect(createDialer().dial(await at('nothing'), life.signal)).rejects.toThrow('given up')
  })

  it('gives up on a target that stalls in its handshake', async () => {
    const upstream = await createDialer({ timeout: 50 }).dial(await at('nothing'), never)
    await expect(upstream.upgrade({ verify: 'require', servername: 'localhost' })).rejects.toThrow('timed out')
    expect(upstream.stream.destroyed).toBe(true)
  })
})
