import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writePrivate } from '@sallyport/host'
import type { AgentStreams } from './agent-streams/index.js'
import { issueClaim } from './auth/claim.js'
import type { Database } from './db/index.js'

/**
 * What a first start leaves for whoever set it up: the claim of the first administrator, printed and, for a supervisor,
 * in a file; and a join token for the pool `default` as long as no agent has ever joined. Files are 0600 and go when they have served.
 */
export interface BootstrapOptions {
  readonly db: Database
  readonly streams: Pick<AgentStreams, 'createJoinToken'>
  readonly folder?: string | undefined
  readonly print: (line: string) => void
}

/** Milliseconds; the supervisor uses it at once, a person may read the manual first. */
const joinTokenTtl = 3_600_000

export async function bootstrap({ db, streams, folder, print }: BootstrapOptions): Promise<void> {
  const claim = await issueClaim(db)
  if (claim !== undefined) print(`No administrator yet. Claim for the first one (sallyport setup): ${claim}`)
  if (folder === undefined) return
  await leave(join(folder, 'claim'), claim)
  const joined = await db.agent.count()
  const token = joined === 0 ? await streams.createJoinToken({ labels: {}, ttl: joinTokenTtl, createdBy: 'system' }) : undefined
  await leave(join(folder, 'join-token'), token?.token)
}

async function leave(path: string, secret: string | undefined): Promise<void> {
  if (secret === undefined) {
    await rm(path, { force: true })
    return
  }
  await writePrivate(path, `${secret}\n`)
}
