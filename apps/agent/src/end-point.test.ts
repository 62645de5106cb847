import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { X509CertificateGenerator } from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { endPointHash } from './end-point.js'

const { subtle } = webcrypto
const rsa = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }

interface Algorithm {
  readonly name: string
  readonly namedCurve?: string
  readonly hash?: string
}

async function certificateSignedWith(algorithm: Algorithm): Promise<Uint8Array> {
  const keys = await subtle.generateKey({ ...rsa, ...algorithm }, true, ['sign', 'verify'])
  // A subject that is long enough for lengths of more than one byte.
  const name = `CN=${'x'.repeat(60)}, OU=${'y'.repeat(60)}, O=${'z'.repeat(60)}`
  const certificate = await X509CertificateGenerator.createSelfSigned({ serialNumber: '01', name, keys, signingAlgorithm: algorithm })
  return new Uint8Array(certificate.rawData)
}

const ec = (hash: string): Algorithm => ({ name: 'ECDSA', namedCurve: 'P-256', hash })

describe('the hash that names a certificate in channel binding', () => {
  it.each([
    ['ECDSA with SHA-256', ec('SHA-256'), 'sha256'],
    ['ECDSA with SHA-384', ec('SHA-384'), 'sha384'],
    ['ECDSA with SHA-512', ec('SHA-512'), 'sha512'],
    ['RSA with SHA-256', { ...rsa, hash: 'SHA-256' }, 'sha256'],
    ['RSA with SHA-512', { ...rsa, hash: 'SHA-512' }, 'sha512'],
    ['RSA with SHA-1, which is too weak for it', { ...rsa, hash: 'SHA-1' }, 'sha256'],
    ['Ed25519, which names none', { name: 'Ed25519' }, undefined],
  ] as const)('of %s is %s', async (_name, algorithm, hash) => {
    expect(endPointHash(await certificateSignedWith(algorithm))).toBe(hash)
  })

  it('is none for bytes that are no certificate', async () => {
    const whole = await certificateSignedWith(ec('SHA-256'))
    for (let length = 0; length < 80; length++) expect(endPointHash(whole.subarray(0, length))).toBeUndefined()
    expect(endPointHash(new Uint8Array([0x30, 0x84, 255, 255, 255, 255]))).toBeUndefined()
    expect(endPointHash(new Uint8Array([0x30, 0x88, 1, 1, 1, 1, 1, 1, 1, 1]))).toBeUndefined()
  })
})
