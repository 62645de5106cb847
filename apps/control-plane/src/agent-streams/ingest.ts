import { verifyBatch } from '@sallyport/audit'
import type { BatchFault, SignedHead, VerifiedRecord } from '@sallyport/audit'
import { ed25519PublicKey } from '@sallyport/contract'
import type { AuditBatch } from '@sallyport/contract'
import type { Connection, Database, DirectDatabase } from '../db/index.js'
import type { AdmittedAgent } from './admission.js'
import { Incident } from './incident.js'
import { project } from './projection.js'
import { quarantine } from './quarantine.js'
import { Refused } from './refused.js'
import { insertRecords, lockSpool, moveSpool, recordBefore, sameAsStored } from './stored.js'
import type { StreamsLog } from './options.js'

/**
 * Takes a batch of the trail, once: what was committed before is compared, not stored again; what is new must continue
 * the chain. One transaction holds the records, what is projected from them and how far the spool is committed. An
 * agent whose trail contradicts itself is quarantined.
 */
export interface BatchSource {
  readonly agent: AdmittedAgent
  readonly instance: string
  readonly spool: string
  readonly link: bigint
}

/** Answers the sequence up to which everything is committed. Throws `Refused`. */
export async function ingest(
  batch: AuditBatch,
  source: BatchSource,
  { db, trail, log }: { readonly db: Database; readonly trail: DirectDatabase; readonly log: StreamsLog },
): Promise<bigint> {
  try {
    return await trail.transaction((tx) => commit(tx, batch, source))
  } catch (error) {
    if (error instanceof Incident) throw await quarantine(db, { agent: source.agent.id, reason: error.message, log })
    throw error
  }
}

async function commit(tx: Connection, batch: AuditBatch, source: BatchSource): Promise<bigint> {
  const { agent, instance, spool, link } = source
  const state = await lockSpool(tx, { agent: agent.id, instance, spool }, link)
  const committed = state.sequence
  const first = safeNumber(batch.first)
  if (first < 1 || batch.records.length === 0 || batch.head === undefined) throw new Refused('invalid', 'an empty batch')
  if (first > committed + 1) throw new Refused('invalid', `records after ${committed} are missing`)

  // The agent did not hear of the commit, or it was a different record: only the former is innocent.
  const repeated = batch.records.slice(0, committed + 1 - first)
  const previous = first === committed + 1 ? state : await recordBefore(tx, spool, first)
  const head = headOf(batch.head)
  const verdict = verifyBatch({ previous, records: batch.records, head, publicKey: ed25519PublicKey(agent.auditKey) })
  if (!verdict.ok) {
    const at = `(record ${verdict.at} of ${spool})`
    // A newer agent may write what this build cannot read: nothing is taken, and nobody is suspected.
    if (verdict.reason === 'encoding') throw new Refused('invalid', `a record is not of a format this build knows ${at}`)
    throw new Incident(`${faults[verdict.reason]} ${at}`)
  }
  if (head.agent !== agent.id || head.instance !== instance || head.spool !== spool) throw new Incident(faults.origin)
  if (!(await sameAsStored(tx, spool, verdict.events.slice(0, repeated.length)))) {
    throw new Incident(`it sent a record again with other contents (${spool} from ${first})`)
  }
  const fresh = verdict.events.slice(repeated.length)
  return fresh.length === 0 ? BigInt(committed) : store(tx, { fresh, bytes: batch.records.slice(repeated.length) }, source)
}

async function store(tx: Connection, { fresh, bytes }: Fresh, { agent, instance, spool }: BatchSource): Promise<bigint> {
  const owner = { agent: agent.id, instance, spool }
  await insertRecords(tx, fresh, { bytes, owner })
  await project(tx, fresh, owner)
  const { sequence, hash } = fresh.at(-1)!
  await moveSpool(tx, spool, { sequence, hash })
  return BigInt(sequence)
}

interface Fresh {
  readonly fresh: readonly VerifiedRecord[]
  readonly bytes: readonly Uint8Array[]
}

const faults: Readonly<Record<Exclude<BatchFault, 'encoding'>, string>> = {
  origin: 'it sent records of another agent, instance or spool',
  sequence: 'its trail has a record missing, repeated or out of place',
  chain: 'its trail forked: a record does not follow the one that was committed before it',
  session_chain: 'its trail contradicts itself: a record does not follow the one before it in its session',
  head: 'it signed a head that does not cover its records',
  signature: 'it sent records that its enrolled key did not sign',
}

function headOf(head: NonNullable<AuditBatch['head']>): SignedHead {
  const { agentId: agent, instanceId: instance, spoolId: spool, hash, signature } = head
  return { agent, instance, spool, sequence: safeNumber(head.sequence), hash, signature }
}

function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Refused('invalid', 'a sequence beyond all spools')
  return Number(value)
}
