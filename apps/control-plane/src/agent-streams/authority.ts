import 'reflect-metadata'
import { createHash, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { pinOf } from '@sallyport/contract'
import type { Database } from '../db/index.js'
import type { SecretBox } from '../secrets/index.js'

/**
 * The CA of the link between the planes: all replicas share it, its key lies in the database sealed by the master key.
 * It certifies the control plane and agents, nothing else. A caller must take names only from our own records, never
 * from a request.
 */
export interface Authority {
  /** PEM of every CA that is trusted, the active one first. */
  readonly bundle: string
  /** SHA-256 of the active CA's public key, base64url; what join tokens carry. */
  readonly pin: string
  issueAgent(wanted: {
    readonly agentId: string
    readonly csr: x509.Pkcs10CertificateRequest
    readonly lifetime: number
  }): Promise<IssuedChain>
  issueServer(names: readonly string[], lifetime: number): Promise<{ readonly certificate: string; readonly key: string }>
  /** Says whose certificate it is, whatever its dates; `undefined` when this CA did not certify an agent with it. */
  agentOf(certificate: X509Certificate): string | undefined
}

export interface IssuedChain {
  /** DER, leaf first, the CA last. */
  readonly chain: readonly Buffer[]
  readonly notAfter: Date
}

/** The one name that proves a listener to be the control plane, whatever address it is reached by. */
export const controlPlaneName = 'sallyport://control-plane'
const agentName = /^URI:sallyport:\/\/agent\/(agt_[0-9a-z]{26})$/

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const caLifetime = 10 * 365 * 86_400_000
/** Clocks of agents may be behind by this much. */
const backdating = 5 * 60_000

export async function openAuthority(db: Database, secrets: SecretBox): Promise<Authority> {
  const active = await db.certificateAuthority.findFirst({ where: { active: true } })
  if (active === null) await createAuthority(db, secrets)
  const rows = await db.certificateAuthority.findMany({ orderBy: [{ active: 'desc' }, { createdAt: 'desc' }] })
  const [issuer] = rows
  if (issuer === undefined || !issuer.active) throw new Error('the database holds no active certificate authority')
  const key = await secrets.open(db, sealedAt(issuer.id), issuer.sealedKey)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', key, algorithm, false, ['sign'])
  const certificates = rows.map((row) => new X509Certificate(row.certificate))
  return issueWith({ signingKey, certificates, issuer: new x509.X509Certificate(issuer.certificate) })
}

async function createAuthority(db: Database, secrets: SecretBox): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Sallyport agents',
    notBefore: new Date(now - backdating),
    notAfter: new Date(now + caLifetime),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const der = new Uint8Array(certificate.rawData)
  const id = `agent-ca-${createHash('sha256').update(der).digest('hex').slice(0, 16)}`
  const pkcs8 = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const sealedKey = Uint8Array.from(await secrets.seal(db, sealedAt(id), pkcs8))
  // Two replicas may start at once: the unique index on the active one lets the first win, and both read it afterwards.
  await db.certificateAuthority.createMany({ data: [{ id, certificate: der, sealedKey, active: true }], skipDuplicates: true })
}

function sealedAt(id: string): { readonly record: string; readonly field: string } {
  return { record: `setting/${id}`, field: 'key' }
}

interface Issuing {
  readonly signingKey: webcrypto.CryptoKey
  readonly issuer: x509.X509Certificate
  readonly certificates: readonly X509Certificate[]
}

function issueWith({ signingKey, issuer, certificates }: Issuing): Authority {
  const issue = async (subject: Subject): Promise<x509.X509Certificate> =>
    x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [subject.name] }],
      issuer: issuer.subject,
      notBefore: new Date(Date.now() - backdating),
      notAfter: subject.notAfter,
      publicKey: subject.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([subject.usage]),
        new x509.SubjectAlternativeNameExtension(subject.names),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ],
    })
  const bundle = certificates.map((certificate) => certificate.toString()).join('')
  return {
    bundle,
    pin: pinOf(new Uint8Array(issuer.publicKey.rawData)),
    issueAgent: async ({ agentId, csr, lifetime }) => {
      const notAfter = new Date(Date.now() + lifetime)
      const names: x509.JsonGeneralNames = [{ type: 'url', value: `sallyport://agent/${agentId}` }]
      const leaf = await issue({ name: agentId, names, usage: x509.ExtendedKeyUsage.clientAuth, notAfter, publicKey: csr.publicKey })
      return { chain: [Buffer.from(leaf.rawData), Buffer.from(issuer.rawData)], notAfter: leaf.notAfter }
    },
    issueServer: async (names, lifetime) => {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const leaf = await issue({
        name: 'Sallyport control plane',
        names: [{ type: 'url', value: controlPlaneName }, ...names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const)],
        usage: x509.ExtendedKeyUsage.serverAuth,
        notAfter: new Date(Date.now() + lifetime),
        publicKey: keys.publicKey,
      })
      const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
      return { certificate: `${leaf.toString('pem')}\n${bundle}`, key: pem('PRIVATE KEY', key) }
    },
    agentOf: (certificate) => {
      const issued = certificates.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
      if (!issued || !certificate.keyUsage?.includes(x509.ExtendedKeyUsage.clientAuth)) return undefined
      return agentName.exec(certificate.subjectAltName ?? '')?.[1]
    },
  }
}

interface Subject {
  readonly name: string
  readonly names: x509.JsonGeneralNames
  readonly usage: x509.ExtendedKeyUsageType
  readonly notAfter: Date
  readonly publicKey: x509.PublicKey | webcrypto.CryptoKey
}

/**
 * Reads a request for a certificate: P-256, signed by its own key. Answers `undefined` for anything else. Nothing but
 * the public key is ever taken from it.
 */
export async function readRequest(
  der: Uint8Array,
): Promise<{ readonly csr: x509.Pkcs10CertificateRequest; readonly spki: Buffer } | undefined> {
  if (der.length > 8_192) return undefined
  try {
    const csr = new x509.Pkcs10CertificateRequest(Uint8Array.from(der))
    const key = csr.publicKey.algorithm as { readonly name?: string; readonly namedCurve?: string }
    if (key.name !== 'ECDSA' || key.namedCurve !== 'P-256' || !(await csr.verify())) return undefined
    return { csr, spki: Buffer.from(csr.publicKey.rawData) }
  } catch {
    return undefined
  }
}

function serialNumber(): string {
  const bytes = randomBytes(16)
  // Positive and never shorter than it looks, as RFC 5280 section 4.1.2.2 asks.
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes.toString('hex')
}

function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`
}
