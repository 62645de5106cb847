import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writePrivate } from '@sallyport/host'
import type { AgentStreams } from './agent-streams/index.js'
import { issueClaim } from './auth/claim.js'
import type { Database } from './db/index.js'
import { recordAct, systemActor } from './trail/index.js'

/**
 * What a first start leaves for whoever set it up: the claim of the first administrator, printed and, for a supervisor,
 * in a file; and a join token for the pool `default` as long as no agent has ever joined, or where the supervisor asks for one
 * because its agent's identity is lost. Files are 0600 and go when they have served.
 */
export interface BootstrapOptions {
  readonly db: Database
  readonly streams: Pick<AgentStreams, 'createJoinToken'>
  readonly folder?: string | undefined
  readonly agentWanted: boolean
  readonly print: (line: string) => void
}

/** Milliseconds; the supervisor uses it at once, a person may read the manual first. */
const joinTokenTtl = 3_600_000

export async function bootstrap({ db, streams, folder, agentWanted, print }: BootstrapOptions): Promise<void> {
  const claim = await issueClaim(db)
  if (claim !== undefined) print(`No administrator yet. Claim for the first one (sallyport setup): ${claim}`)
  if (folder === undefined) return
  await leave(join(folder, 'claim'), claim)
  const wanted = agentWanted || (await db.agent.count()) === 0
  await leave(join(folder, 'join-token'), wanted ? await makeJoinToken({ db, streams }) : undefined)
}

async function makeJoinToken({ db, streams }: Pick<BootstrapOptions, 'db' | 'streams'>): Promise<string> {
  const { id, token, expiresAt } = await streams.createJoinToken({ labels: {}, ttl: joinTokenTtl, createdBy: systemActor.key })
  await recordAct(db, systemActor, {
    action: 'join_token.create',
    target: { kind: 'join_token', id },
    detail: { labels: {}, expires_at: expiresAt.toISOString() },
  })
  return token
}

async function leave(path: string, secret: string | undefined): Promise<void> {
  if (secret === undefined) {
    await rm(path, { force: true })
    return
  }
  await writePrivate(path, `${secret}\n`)
}
