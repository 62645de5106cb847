import { genesis } from '@sallyport/audit'
import type { VerifiedRecord } from '@sallyport/audit'
import { isId } from '@sallyport/core'
import type { Connection } from '../db/index.js'
import { violatedKey } from '../db/index.js'
import { Incident } from './incident.js'
import { timeOf } from './projection.js'
import { Refused } from './refused.js'

/**
 * The trail as the database holds it. All of it runs in the transaction of one batch, which `lockSpool` begins; a caller
 * must have verified what it gives to `insertRecords`.
 */
export interface SpoolState {
  readonly sequence: number
  /** Of the record at `sequence`. */
  readonly hash: string
}

export interface SpoolOwner {
  readonly agent: string
  readonly instance: string
  readonly spool: string
}

/** How far the spool is committed; nobody else adds to it until the transaction ends. Throws `Refused`. */
export async function lockSpool(tx: Connection, { instance, spool }: SpoolOwner, link: bigint): Promise<SpoolState> {
  const present = await tx.query<{ link: string }>({
    name: 'trail_link',
    text: 'SELECT link FROM agent_instance WHERE id = $1 FOR SHARE',
    values: [instance],
  })
  if (present.rows[0]?.link !== String(link)) throw new Refused('fenced', 'a newer link of this instance took over')
  const state = await tx.query<{ sequence: string; hash: string }>({
    name: 'trail_spool',
    text: 'SELECT sequence, hash FROM spool WHERE id = $1 FOR UPDATE',
    values: [spool],
  })
  const [row] = state.rows
  if (row === undefined) throw new Refused('invalid', 'there is no such spool')
  return { sequence: Number(row.sequence), hash: row.hash }
}

export async function moveSpool(tx: Connection, spool: string, { sequence, hash }: SpoolState): Promise<void> {
  await tx.query({
    name: 'trail_move',
    text: 'UPDATE spool SET sequence = $2, hash = $3 WHERE id = $1',
    values: [spool, sequence, hash],
  })
}

/** The hash that the record at `first` has to follow; `first` is not beyond what is committed. */
export async function recordBefore(tx: Connection, spool: string, first: number): Promise<SpoolState> {
  if (first === 1) return { sequence: 0, hash: genesis }
  const sequence = first - 1
  const hash = (await hashes(tx, spool, [sequence])).get(sequence)
  if (hash === undefined) throw new Error(`record ${sequence} of ${spool} is not in the database, which has committed it`)
  return { sequence, hash }
}

export async function sameAsStored(tx: Connection, spool: string, again: readonly VerifiedRecord[]): Promise<boolean> {
  if (again.length === 0) return true
  const sequences = again.map(({ sequence }) => sequence)
  const stored = await hashes(tx, spool, sequences)
  return again.every(({ sequence, hash }) => stored.get(sequence) === hash)
}

async function hashes(tx: Connection, spool: string, sequences: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const { rows } = await tx.query<{ sequence: string; hash: string }>({
    name: 'trail_hashes',
    text: 'SELECT sequence, hash FROM audit_event WHERE spool_id = $1 AND sequence = ANY ($2::bigint[])',
    values: [spool, sequences],
  })
  return new Map(rows.map(({ sequence, hash }) => [Number(sequence), hash]))
}

/**
 * One statement of fixed text for any number of rows: to plan one of a thousand rows costs more than to run it. The
 * records are one value, cut where each of them begins: a list of bytes would be spelled out, and read again.
 */
const insert = {
  name: 'trail_insert',
  text: `INSERT INTO audit_event (id, spool_id, sequence, agent_id, instance_id, hash, record, type, at, session_id, statement)
    SELECT id, $1, $2::bigint + place - 1, $3, $4, hash, substring($5::bytea FROM start FOR size), type,
      to_timestamp(at / 1000), session, statement
    FROM unnest($6::text[], $7::text[], $8::integer[], $9::integer[], $10::text[], $11::double precision[], $12::text[], $13::text[])
      WITH ORDINALITY AS fresh (id, hash, start, size, type, at, session, statement, place)`,
} as const

/** Adds records and their bytes, in order. Throws `Incident` for an event that is there already, `Refused` for one that cannot be. */
export async function insertRecords(
  tx: Connection,
  records: readonly VerifiedRecord[],
  { bytes, owner }: { readonly bytes: readonly Uint8Array[]; readonly owner: SpoolOwner },
): Promise<void> {
  const { agent, instance, spool } = owner
  const starts: number[] = []
  let end = 1
  for (const record of bytes) {
    starts.push(end)
    end += record.length
  }
  const values = [
    spool,
    records[0]!.sequence,
    agent,
    instance,
    Buffer.concat(bytes, end - 1),
    arrayOf(records.map(({ event }) => eventId(event.id))),
    arrayOf(records.map(({ hash }) => hash)),
    `{${starts.join()}}`,
    `{${bytes.map(({ length }) => length).join()}}`,
    arrayOf(records.map(({ event }) => event.type)),
    `{${records.map(({ event }) => timeOf(event.at)).join()}}`,
    arrayOf(records.map(({ event }) => event.session)),
    arrayOf(records.map(({ event }) => ('statement' in event ? event.statement : undefined))),
  ]
  try {
    await tx.query({ ...insert, values })
  } catch (error) {
    if (violatedKey(error) === 'audit_event_pkey') throw new Incident(`it used the id of an event twice (${spool})`)
    throw error
  }
}

/** The database compares no more than its length: this is where ids are looked at. */
function eventId(id: string): string {
  if (!isId('evt', id)) throw new Refused('invalid', 'an event without an id of its own')
  return id
}

/** Needs no quotes in a list. */
const plain = /^(?!null$)[\w.-]+$/i

/** A list as PostgreSQL reads it; undefined is NULL. The driver's own spelling of a list quotes every item. */
function arrayOf(values: readonly (string | undefined)[]): string {
  return `{${values.map((value) => (value === undefined ? 'NULL' : plain.test(value) ? value : quoted(value))).join()}}`
}

function quoted(value: string): string {
  // PostgreSQL holds no NUL in text; the record itself keeps what was there.
  return `"${value.replaceAll('\0', '\uFFFD').replaceAll(/["\\]/g, '\\$&')}"`
}
