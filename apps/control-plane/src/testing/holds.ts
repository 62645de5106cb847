import { createHash } from 'node:crypto'
import type { FiledHold } from '@sallyport/contract'
import type { Hold, Principal } from '@sallyport/core'
import { newId } from '../ids.js'

export const hex = (text: string): string => createHash('sha256').update(text).digest('hex')

export function personOf(subject: string, more: Partial<Principal> = {}): Principal {
  return { provider: 'test', subject, name: subject, kind: 'human', groups: [], primary: true, ...more }
}

/** What an agent files for `billing-agent`, whom alice owns, acting for ana: one update that a dba has to approve. */
export function filedHold({ hold, ...changes }: Partial<Omit<FiledHold, 'hold'>> & { readonly hold?: Partial<Hold> } = {}): FiledHold {
  return {
    digest: hex('update 7'),
    hold: {
      kind: 'hold',
      rules: [{ policy: 'agents-on-shop', rule: 'writes-need-a-dba' }],
      shadow: [],
      obligations: [],
      approvers: [{ groups: ['dba'], principals: [], count: 1 }],
      policies: hex('policies'),
      wait: 600_000,
      ttl: 900_000,
      mode: 'wait',
      inTransaction: 'retry',
      reasonRequired: false,
      ...hold,
    },
    statement: newId('stm'),
    session: { id: newId('ses'), protocol: 'postgres', client: { address: '127.0.0.1' }, database: 'shop', role: 'app' },
    identity: {
      principal: personOf('billing-agent', { kind: 'agent', groups: ['ai-agents'], owner: 'alice' }),
      chain: [personOf('ana')],
      token: { id: 'jti', issuer: 'https://id.example', audience: ['sallyport'], issuedAt: 0, expiresAt: 1 },
    },
    resource: { id: newId('res'), name: 'shop', protocol: 'postgres', labels: {} },
    actions: [{ verb: 'update', effects: ['update'], touches: [], facts: { filtered: true }, certainty: 'exact' }],
    texts: [{ text: 'update orders set status = $1 where id = 7' }],
    params: [{ type: 'text', format: 'text', value: 'refunded' }],
    context: { database: 'shop' },
    waiting: true,
    ...changes,
  }
}
