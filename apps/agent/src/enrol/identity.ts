import { createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isId } from '@sallyport/core'
import { readText, writePrivate } from '@sallyport/host'

/**
 * What makes this agent itself: ids that the control plane issued, keys that never left this machine. A caller must not
 * run two processes on one data directory: the second one is a copy, and the control plane quarantines for it.
 */
export interface AgentIdentity {
  /** `agt_` id. */
  readonly agentId: string
  /** `ins_` id of the one process that writes this data directory's spool. */
  readonly instanceId: string
  /** Ed25519: signs the heads of the trail. */
  readonly auditKey: KeyObject
  /** X25519: opens the secrets of the snapshot. */
  readonly sealingKey: KeyObject
}

/** The identity with what it needs to speak to its control plane; what changes is replaced on disk first. */
export interface StoredIdentity extends AgentIdentity {
  readonly tlsKey: KeyObject
  /** PEM: the only authority that is believed. */
  readonly ca: string
  /** PEM, leaf first. */
  certificate(): string
  /** Ed25519, 32 bytes: whose snapshots are taken. */
  signer(): Buffer
  /** What this instance shows at its next hello. */
  continuity(): Buffer
  replaceCertificate(pem: string): Promise<void>
  replaceSigner(key: Uint8Array): Promise<void>
  replaceContinuity(continuity: Uint8Array): Promise<void>
}

export interface NewIdentity {
  readonly agentId: string
  readonly instanceId: string
  readonly ca: string
  readonly certificate: string
  readonly signer: Uint8Array
  readonly continuity: Uint8Array
  readonly keys: { readonly tls: KeyObject; readonly audit: KeyObject; readonly sealing: KeyObject }
}

const files = {
  ids: 'agent.json',
  ca: 'ca.pem',
  certificate: 'certificate.pem',
  signer: 'snapshot-signer',
  continuity: 'continuity',
  tls: 'tls.key',
  audit: 'audit.key',
  sealing: 'sealing.key',
} as const

export function identityFolder(dataDir: string): string {
  return join(dataDir, 'identity')
}

/** `undefined` where the data directory was never enrolled. Throws when the identity is there but damaged. */
export async function openIdentity(dataDir: string): Promise<StoredIdentity | undefined> {
  const folder = identityFolder(dataDir)
  const ids = await readText(join(folder, files.ids))
  if (ids === undefined) return undefined
  const { agent, instance } = JSON.parse(ids) as { readonly agent?: unknown; readonly instance?: unknown }
  if (typeof agent !== 'string' || typeof instance !== 'string' || !isId('agt', agent) || !isId('ins', instance)) {
    throw new Error(`the identity in ${folder} is damaged: enrol this agent anew in an empty data directory`)
  }
  const read = (name: keyof typeof files): Promise<string> => readFile(join(folder, files[name]), 'utf8')
  const raw = async (name: 'signer' | 'continuity'): Promise<Buffer> => Buffer.from((await read(name)).trim(), 'base64url')
  let [certificate, signer, continuity] = await Promise.all([read('certificate'), raw('signer'), raw('continuity')])
  return {
    agentId: agent,
    instanceId: instance,
    tlsKey: createPrivateKey(await read('tls')),
    auditKey: createPrivateKey(await read('audit')),
    sealingKey: createPrivateKey(await read('sealing')),
    ca: await read('ca'),
    certificate: () => certificate,
    signer: () => signer,
    continuity: () => continuity,
    replaceCertificate: async (pem) => {
      await writePrivate(join(folder, files.certificate), pem)
      certificate = pem
    },
    replaceSigner: async (key) => {
      await writePrivate(join(folder, files.signer), base64url(key))
      signer = Buffer.from(key)
    },
    replaceContinuity: async (next) => {
      await writePrivate(join(folder, files.continuity), base64url(next))
      continuity = Buffer.from(next)
    },
  }
}

export async function storeIdentity(dataDir: string, identity: NewIdentity): Promise<void> {
  const folder = identityFolder(dataDir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { keys } = identity
  const write = (name: keyof typeof files, content: string): Promise<void> => writePrivate(join(folder, files[name]), content)
  await write('tls', pemOf(keys.tls))
  await write('audit', pemOf(keys.audit))
  await write('sealing', pemOf(keys.sealing))
  await write('ca', identity.ca)
  await write('certificate', identity.certificate)
  await write('signer', base64url(identity.signer))
  await write('continuity', base64url(identity.continuity))
  // Last: with it the data directory is enrolled, and everything else is there.
  await write('ids', `${JSON.stringify({ agent: identity.agentId, instance: identity.instanceId })}\n`)
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }) as string
}

function base64url(bytes: Uint8Array): string {
  return `${Buffer.from(bytes).toString('base64url')}\n`
}
