import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, it } from 'vitest'
import { issueOwnCertificate } from './own-certificate.js'
import { selfSigned } from './testing/certificate.js'

it('is renewed while a server shows it, and not where it would be shown to nobody', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-own-'))
  const caFile = join(folder, 'not yet there', 'ca.pem')
  const issued: (readonly string[])[] = []
  const issueServer = async (names: readonly string[]) => {
    issued.push(names)
    const { cert, key } = await selfSigned()
    return { certificate: cert, key }
  }
  const options = { streams: { ca: 'PEM of the authority', issueServer }, names: ['gateway.example', 'localhost'], caFile }
  const own = await issueOwnCertificate({ ...options, log: { error: () => {} }, lifetime: 150 })
  expect(await readFile(caFile, 'utf8')).toBe('PEM of the authority')
  expect(issued[0]).toEqual(expect.arrayContaining(['gateway.example', 'localhost', '127.0.0.1', '::1']))
  expect(new Set(issued[0]).size).toBe(issued[0]!.length)

  const server = createServer(own.tls)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const shown = async () => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { fingerprint256 } = socket.getPeerX509Certificate()!
    socket.destroy()
    return fingerprint256
  }
  const first = await shown()
  const release = own.keepOn(server)
  await expect.poll(shown).not.toBe(first)
  release()
  server.close()
  expect(() => own.keepOn(createPlainServer())).toThrow(TypeError)
  await rm(folder, { recursive: true })
})
