import type { Posture, ProbeOptions } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { openSide, type SideConnection } from '../backend/side.js'
import { StreamEnded } from '../inbound.js'
import { type PostgresTarget, postgresTarget, readTarget } from '../target.js'
import { type PostureCatalog, postureQueries, self, type SelfRow } from './posture-catalog.js'
import { findingsOf } from './posture-findings.js'
import { quoted } from './source.js'

/**
 * Looks at a target over a connection of the agent's own: what its role may do that no caller should reach, what the
 * transport lacks. It reads the catalog alone and runs nothing that the target's owner wrote. Throws `SallyportError`.
 */
export async function probePosture({ resource, masked, dial, signal }: ProbeOptions): Promise<Posture> {
  const [problem] = postgresTarget.validate(resource.target)
  if (problem) throw new SallyportError('unavailable', `target${problem.path} ${problem.message}`)
  const target = readTarget(resource.target)
  const side = await openSide({ target, password: resource.secrets['password'], settings: sideSettings(target), dial, signal })
  try {
    const catalog = await readPosture(side, maskedColumns(target, masked))
    return { database: target.database, findings: findingsOf(catalog, { target, masks: masked.length > 0 }) }
  } catch (error) {
    if (signal.aborted) throw new SallyportError('target_unreachable', 'the target did not answer the catalog queries in time')
    if (error instanceof StreamEnded) throw new SallyportError('target_unreachable', 'the target closed the connection')
    throw error
  } finally {
    side.close()
  }
}

/** `masked`: columns as `schema.relation.column`, with `*` for anything. */
export async function readPosture(side: SideConnection, masked: readonly string[]): Promise<PostureCatalog> {
  const read = async (text: string): Promise<unknown> => JSON.parse((await side.query(text))[0]?.[0] ?? 'null')
  const who = (await read(self)) as SelfRow
  await side.query('set search_path = pg_catalog')
  await side.query('begin isolation level repeatable read read only')
  const parts: Record<string, unknown> = { self: who }
  const queries = postureQueries({ version: who.version, path: who.path, masked })
  for (const [part, text] of Object.entries(queries)) parts[part] = await read(text)
  await side.query('commit')
  return parts as unknown as PostureCatalog
}

/** How many columns are looked for; a policy that names more is told about with those. */
const mostColumns = 500

function maskedColumns({ labels }: PostgresTarget, masked: ProbeOptions['masked']): readonly string[] {
  const labelled = new Set(masked.flatMap((mask) => mask.labels))
  const named = masked.flatMap(({ columns }) => columns.filter((column) => !column.startsWith('$')))
  const byLabel = Object.entries(labels).flatMap(([column, own]) => (own.some((label) => labelled.has(label)) ? [column] : []))
  return [...new Set([...named, ...byLabel])].toSorted().slice(0, mostColumns)
}

/** The search path that sessions get, strings that mean what they say, and an end to what hangs. */
function sideSettings({ imposed }: PostgresTarget): Readonly<Record<string, string>> {
  return {
    application_name: 'sallyport/posture',
    statement_timeout: '10000',
    standard_conforming_strings: 'on',
    jit: 'off',
    ...(imposed.searchPath && { search_path: quoted(imposed.searchPath) }),
  }
}
