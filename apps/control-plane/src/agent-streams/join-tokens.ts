import { createHash, randomBytes } from 'node:crypto'
import { SallyportError } from '@sallyport/core'
import { formatJoinToken } from '@sallyport/contract'
import type { Database, Transaction } from '../db/index.js'
import { newId } from '../ids.js'
import type { Authority } from './authority.js'
import type { JoinTokenWanted } from './options.js'

/**
 * One token lets one agent in, within minutes, with the labels that are bound to it. Only its hash is kept; a caller
 * must show the token once and never store it.
 */
export interface IssuedJoinToken {
  readonly id: string
  readonly token: string
  readonly expiresAt: Date
}

const longestTtl = 86_400_000

export async function createJoinToken(db: Database, authority: Authority, wanted: JoinTokenWanted): Promise<IssuedJoinToken> {
  if (!Number.isInteger(wanted.ttl) || wanted.ttl < 1_000 || wanted.ttl > longestTtl) {
    throw new SallyportError('invalid', 'a join token lives between a second and a day')
  }
  const secret = randomBytes(32).toString('base64url')
  const id = newId('jtk')
  const expiresAt = new Date(Date.now() + wanted.ttl)
  const { labels, createdBy } = wanted
  await db.joinToken.create({ data: { id, secretHash: hashOf(secret), labels, createdBy, expiresAt } })
  return { id, token: formatJoinToken({ secret, pin: authority.pin }), expiresAt }
}

export interface JoiningAgent {
  readonly version: string
  readonly tlsKey: Uint8Array
  readonly auditKey: Uint8Array
  readonly sealingKey: Uint8Array
  readonly certificateExpiresAt: Date
}

/** Whether it is worth looking at what comes with this secret; `joinBy` decides. */
export async function mayJoin(db: Database, secret: string): Promise<boolean> {
  return (await db.joinToken.count({ where: { secretHash: hashOf(secret), ...unspent() } })) === 1
}

/** Spends the token on this agent; `false`, and nothing changes, when it is unknown, expired or spent. */
export async function joinBy(tx: Transaction, secret: string, agent: JoiningAgent & { readonly id: string }): Promise<boolean> {
  const secretHash = hashOf(secret)
  const token = await tx.joinToken.findUnique({ where: { secretHash } })
  if (token === null) return false
  const { id, version, certificateExpiresAt } = agent
  const keys = { tlsKey: own(agent.tlsKey), auditKey: own(agent.auditKey), sealingKey: own(agent.sealingKey) }
  await tx.agent.create({ data: { id, labels: token.labels ?? {}, state: 'enrolled', version, certificateExpiresAt, ...keys } })
  const spent = await tx.joinToken.updateMany({
    where: { id: token.id, ...unspent() },
    data: { usedAt: new Date(), agentId: id },
  })
  return spent.count === 1
}

function unspent() {
  return { usedAt: null, expiresAt: { gt: new Date() } }
}

function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return own(createHash('sha256').update(secret).digest())
}

/** Prisma takes only bytes that own their buffer. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes)
}
