import { createHash } from 'node:crypto'
import type { Identity, Resource, Unit } from '@sallyport/core'

/**
 * What an approval is bound to, as SHA-256 in hex: who asks, with everyone they act for; at which resource; the texts that
 * execute; their parameters by type, format and value; what their names mean; the settings that give them their meaning.
 * Equal digests, equal effect. Not in it: frames, names of statements and portals, the session, the state of a transaction.
 */
export function approvalDigest(unit: Unit, identity: Identity, resource: Resource): string {
  const hash = createHash('sha256').update('sallyport.approval.v1\n')
  const part = (label: string, value: string | Uint8Array) => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    hash.update(`${label} ${bytes.length}\n`).update(bytes)
  }
  for (const { provider, subject } of [identity.principal, ...identity.chain]) part('principal', JSON.stringify([provider, subject]))
  part('resource', resource.id)
  for (const bytes of unit.exact) part('text', bytes)
  for (const { type, format, value } of unit.params ?? []) {
    part('parameter', JSON.stringify([type ?? null, format, value === null]))
    if (value !== null) part('value', value)
  }
  for (const name of [...(unit.means?.() ?? [])].sort()) part('means', name)
  for (const name of Object.keys(unit.context).sort()) part('setting', JSON.stringify([name, unit.context[name]]))
  return hash.digest('hex')
}
