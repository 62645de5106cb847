import { genesis, verifyBatch } from '@sallyport/audit'
import type { BatchFault, SignedHead, VerifiedRecord } from '@sallyport/audit'
import { ed25519PublicKey } from '@sallyport/contract'
import type { AuditBatch } from '@sallyport/contract'
import type { Database, Transaction } from '../db/index.js'
import type { AdmittedAgent } from './admission.js'
import { Incident } from './incident.js'
import { project, timeOf } from './projection.js'
import { quarantine } from './quarantine.js'
import { Refused } from './refused.js'
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
  { db, log }: { readonly db: Database; readonly log: StreamsLog },
): Promise<bigint> {
  try {
    return await db.$transaction((tx) => commit(tx, batch, source), { timeout: 60_000 })
  } catch (error) {
    if (error instanceof Incident) throw await quarantine(db, { agent: source.agent.id, reason: error.message, log })
    throw error
  }
}

async function commit(tx: Transaction, batch: AuditBatch, source: BatchSource): Promise<bigint> {
  const { agent, instance, spool, link } = source
  const [present] = await tx.$queryRaw<{ link: bigint }[]>`SELECT link FROM agent_instance WHERE id = ${instance} FOR SHARE`
  if (present?.link !== link) throw new Refused('fenced', 'a newer link of this instance took over')
  const [state] = await tx.$queryRaw<SpoolState[]>`SELECT sequence, hash FROM spool WHERE id = ${spool} FOR UPDATE`
  if (state === undefined) throw new Refused('invalid', 'there is no such spool')
  const { sequence, hash } = state
  const committed = Number(sequence)
  const first = safeNumber(batch.first)
  if (first < 1 || batch.records.length === 0 || batch.head === undefined) throw new Refused('invalid', 'an empty batch')
  if (first > committed + 1) throw new Refused('invalid', `records after ${committed} are missing`)

  // The agent did not hear of the commit, or it was a different record: only the former is innocent.
  const repeated = batch.records.slice(0, committed + 1 - first)
  const previous = first === committed + 1 ? { sequence: committed, hash } : await recordBefore(tx, spool, first)
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
  return fresh.length === 0
    ? sequence
    : store(tx, { fresh, bytes: batch.records.slice(repeated.length) }, { ...source, hash: verdict.hash })
}

interface SpoolState {
  readonly sequence: bigint
  readonly hash: string
}

interface Fresh {
  readonly fresh: readonly VerifiedRecord[]
  readonly bytes: readonly Uint8Array[]
}

async function store(tx: Transaction, { fresh, bytes }: Fresh, source: BatchSource & { readonly hash: string }): Promise<bigint> {
  const { agent, instance, spool } = source
  // One statement of fixed text: to build one of a thousand rows costs more than to run it. Records go as base64, for Prisma
  // has no way of its own for a list of bytes.
  const added = await tx.$executeRaw`
    INSERT INTO audit_event (id, spool_id, sequence, agent_id, instance_id, hash, record, type, at, session_id, statement)
    SELECT id, ${spool}, ${fresh[0]!.sequence}::bigint + place - 1, ${agent.id}, ${instance}, hash, decode(record, 'base64'), type,
      to_timestamp(at / 1000.0), session, statement
    FROM unnest(
      ${fresh.map(({ event }) => event.id)}::text[],
      ${fresh.map(({ hash }) => hash)}::text[],
      ${bytes.map(base64)}::text[],
      ${fresh.map(({ event }) => event.type)}::text[],
      ${fresh.map(({ event }) => timeOf(event.at).getTime())}::bigint[],
      ${fresh.map(({ event }) => event.session ?? null)}::text[],
      ${fresh.map(({ event }) => ('statement' in event ? event.statement : null))}::text[]
    ) WITH ORDINALITY AS fresh (id, hash, record, type, at, session, statement, place)
    ON CONFLICT (id) DO NOTHING`
  if (added !== fresh.length) throw new Incident(`it used the id of an event twice (${spool})`)
  await project(tx, fresh, { agent: agent.id, instance })
  const reached = BigInt(fresh.at(-1)!.sequence)
  await tx.spool.update({ where: { id: spool }, data: { sequence: reached, hash: source.hash } })
  return reached
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

async function recordBefore(tx: Transaction, spool: string, first: number): Promise<{ readonly sequence: number; readonly hash: string }> {
  if (first === 1) return { sequence: 0, hash: genesis }
  const sequence = first - 1
  const row = await tx.auditEvent.findUniqueOrThrow({
    where: { spoolId_sequence: { spoolId: spool, sequence: BigInt(sequence) } },
    select: { hash: true },
  })
  return { sequence, hash: row.hash }
}

async function sameAsStored(tx: Transaction, spool: string, again: readonly VerifiedRecord[]): Promise<boolean> {
  if (again.length === 0) return true
  const rows = await tx.auditEvent.findMany({
    where: { spoolId: spool, sequence: { in: again.map(({ sequence }) => BigInt(sequence)) } },
    select: { sequence: true, hash: true },
  })
  const stored = new Map(rows.map((row) => [Number(row.sequence), row.hash]))
  return again.every(({ sequence, hash }) => stored.get(sequence) === hash)
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
