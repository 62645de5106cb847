import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { readText, writePrivate } from '@sallyport/host'

/**
 * The certificate that clients of the listeners see. One context for all connections: each one of its own would cost
 * 26 KiB. Supplied, it is used as it is; else the agent is its own authority, whose key never leaves the data directory
 * and whose certificate clients may be given.
 */
export interface ListenerCertificate {
  secureContext(): SecureContext
  /** PEM file of the authority that clients may trust; absent where the certificate was supplied. */
  readonly authority?: string
  /** Ends the renewal. */
  close(): void
}

export interface CertificateOptions {
  readonly dataDir: string
  /** Address of the listeners. */
  readonly bind: string
  readonly supplied?: { readonly certificate: string; readonly key: string }
}

const day = 24 * 3_600_000
const leafDays = 90
const authorityDays = 3650
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const { subtle } = webcrypto

/** Throws when the supplied certificate and key cannot be used together. */
export async function openCertificate({ dataDir, bind, supplied }: CertificateOptions): Promise<ListenerCertificate> {
  if (supplied !== undefined) {
    const context = contextOf(supplied.certificate, supplied.key)
    return { secureContext: () => context, close: () => undefined }
  }
  const authority = await openAuthority(dataDir)
  let context = await issue(authority, bind)
  // A day is well below what a timer of Node can hold, and renewing daily keeps one rule for all uptimes.
  const timer = setInterval(() => {
    // The old one is good for weeks: the next day tries again.
    issue(authority, bind).then(
      (renewed) => (context = renewed),
      () => undefined,
    )
  }, day)
  timer.unref()
  return { secureContext: () => context, authority: authority.path, close: () => clearInterval(timer) }
}

interface Authority {
  readonly path: string
  readonly certificate: X509Certificate
  readonly key: webcrypto.CryptoKey
}

async function openAuthority(dataDir: string): Promise<Authority> {
  const path = join(dataDir, 'ca.pem')
  const keyPath = join(dataDir, 'ca.key')
  const [pem, keyPem] = await Promise.all([readText(path), readText(keyPath)])
  if (pem !== undefined && keyPem !== undefined) {
    const certificate = new X509Certificate(pem)
    const remaining = certificate.notAfter.getTime() - Date.now()
    if (remaining > 2 * leafDays * day) return { path, certificate, key: await importKey(keyPem) }
  }
  const { key, keys, pem: newKeyPem } = await newKeyPair()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex'),
    name: `CN=Sallyport agent listeners ${randomBytes(4).toString('hex')}`,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + authorityDays * day),
    signingAlgorithm: ecdsa,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await writePrivate(keyPath, newKeyPem)
  await writePrivate(path, `${certificate.toString('pem')}\n`)
  return { path, certificate, key }
}

/** The leaf's key lives in memory only. */
async function issue(authority: Authority, bind: string): Promise<SecureContext> {
  const { keys, pem } = await newKeyPair()
  const names = new Set(['localhost', hostname(), '127.0.0.1', '::1', bind].filter((name) => !['', '0.0.0.0', '::'].includes(name)))
  const leaf = await X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: 'CN=Sallyport agent',
    issuer: authority.certificate.subject,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + leafDays * day),
    signingKey: authority.key,
    publicKey: keys.publicKey,
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      new SubjectAlternativeNameExtension([...names].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
    ],
  })
  return contextOf(`${leaf.toString('pem')}\n${authority.certificate.toString('pem')}\n`, pem)
}

function contextOf(certificate: string, key: string): SecureContext {
  return createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' })
}

async function newKeyPair(): Promise<{ readonly key: webcrypto.CryptoKey; readonly keys: webcrypto.CryptoKeyPair; readonly pem: string }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const key = await importKey(pem)
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const publicKey = await subtle.importKey('spki', spki, ecdsa, true, ['verify'])
  return { key, keys: { privateKey: key, publicKey }, pem }
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return subtle.importKey('pkcs8', der, ecdsa, false, ['sign'])
}
