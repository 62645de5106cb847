import { setImmediate as breathe } from 'node:timers/promises'
import { type LabelProposal, orderProposals, SallyportError } from '@sallyport/core'
import type { Sampled, SampleOptions } from '@sallyport/gate'
import { openSide, type SideConnection } from '../backend/side.js'
import { StreamEnded } from '../inbound.js'
import { postgresTarget, readTarget } from '../target.js'
import { relationsToSample, type SampledRelation, statementFor, worthSampling } from './catalog.js'
import { type Propose, propose } from './evidence.js'
import { type Cell, readRows, samplesOf } from './values.js'

/**
 * Reads a few rows of each relation over a connection of the agent's own and shows them to the detectors, here and nowhere
 * else: what leaves is names and counts. Each relation is read in a read-only transaction of its own that may take no
 * longer than `statementMs` and waits for no lock; one that cannot be read is skipped, and the target's words about it
 * are not repeated, for they may hold a value. Throws `SallyportError`.
 */
export function createSampler(proposeFor: Propose): (options: SampleOptions) => Promise<Sampled> {
  return async ({ resource, rows, time, dial, signal }) => {
    const [problem] = postgresTarget.validate(resource.target)
    if (problem) throw new SallyportError('unavailable', `target${problem.path} ${problem.message}`)
    const target = readTarget(resource.target)
    const until = performance.now() + time
    const side = await openSide({ target, password: resource.secrets['password'], settings, dial, signal })
    try {
      const { count, relations } = await readRelations(side)
      const looked = await readAll(side, { relations, rows: Math.min(rows, mostRows), until, proposeFor })
      const read = looked.filter((proposals) => proposals !== undefined)
      return {
        database: target.database,
        relations: read.length,
        skipped: count - read.length,
        proposals: orderProposals(read.flat()),
      }
    } catch (error) {
      if (signal.aborted) throw new SallyportError('target_unreachable', 'the target did not answer in time')
      if (error instanceof StreamEnded) throw new SallyportError('target_unreachable', 'the target closed the connection')
      throw error
    } finally {
      side.close()
    }
  }
}

export const sampleTarget = createSampler(propose)

const mostRows = 2_000
const mostRelations = 500
const mostColumns = 60
/** Characters of one value, of all values of one column, and of all of one relation. */
const longest = { value: 2_000, column: 512 * 1024, relation: 8 * 1024 * 1024 }
const statementMs = 5_000

const settings = { application_name: 'sallyport/sampling', statement_timeout: String(statementMs), jit: 'off' }

/** For the transaction alone: behind a pooler nothing else is sure to be about what follows. */
const begin = `begin transaction isolation level read committed read only;
  set local search_path = pg_catalog; set local statement_timeout = ${statementMs}; set local lock_timeout = 500;
  set local standard_conforming_strings = on; set local max_parallel_workers_per_gather = 0`

/** Answers the one value of the statement, in a transaction of its own that is rolled back. Throws what names no value. */
async function readOne(side: SideConnection, statement: string): Promise<string | null | undefined> {
  try {
    await side.query(begin)
    const [row] = await side.query(statement)
    return row?.[0]
  } catch (error) {
    throw error instanceof SallyportError ? wordless(error) : error
  } finally {
    await side.query('rollback').catch(() => undefined)
  }
}

function wordless({ code, details }: SallyportError): SallyportError {
  const { sqlstate } = details
  if (typeof sqlstate !== 'string') return new SallyportError(code, 'the target answered what was not asked for')
  return new SallyportError(code, `the target refused to be sampled (${sqlstate})`, { sqlstate })
}

interface Catalog {
  /** Of all, also those beyond the limit. */
  readonly count: number
  readonly relations: readonly SampledRelation[]
}

async function readRelations(side: SideConnection): Promise<Catalog> {
  const found = JSON.parse((await readOne(side, relationsToSample(mostRelations, mostColumns))) ?? '{}') as Partial<Catalog>
  return { count: found.count ?? 0, relations: found.relations ?? [] }
}

interface Reading {
  readonly relations: readonly SampledRelation[]
  readonly rows: number
  readonly until: number
  readonly proposeFor: Propose
}

/** Undefined for each relation that was not read. */
async function readAll(side: SideConnection, { relations, rows, until, proposeFor }: Reading) {
  const looked: (readonly LabelProposal[] | undefined)[] = []
  for (const relation of relations) {
    if (performance.now() >= until) break
    const cells = await readCells(side, relation, rows)
    looked.push(cells && (await proposals(relation, cells, proposeFor)))
  }
  return looked
}

async function readCells(side: SideConnection, relation: SampledRelation, rows: number) {
  const share = Math.floor(longest.relation / (rows * relation.columns.length))
  const width = Math.max(64, Math.min(longest.value, Math.floor(longest.column / rows), share))
  const read = async (blocks: boolean) => readRows(await readOne(side, statementFor(relation, { rows, width }, blocks)))
  try {
    const drawn = worthSampling(relation) ? await read(true) : []
    // The pages that were drawn may be empty ones.
    return drawn === undefined || drawn.length > 0 ? drawn : await read(false)
  } catch (error) {
    // Locked, slow, or not readable after all; a connection that is gone is another matter.
    if (error instanceof SallyportError && error.details['sqlstate'] !== undefined) return undefined
    throw error
  }
}

async function proposals({ schema, name, columns }: SampledRelation, rows: readonly (readonly Cell[])[], proposeFor: Propose) {
  const found: LabelProposal[] = []
  for (const [i, column] of columns.entries()) {
    const cells = rows.map((row) => row[i] ?? null)
    const full = `${schema}.${name}.${column.name}`
    for (const evidence of proposeFor(samplesOf(column, cells))) found.push({ column: full, ...evidence })
    // Sessions share this thread.
    await breathe()
  }
  return found
}
