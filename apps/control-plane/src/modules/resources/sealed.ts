import type { Reader } from '../../db/index.js'
import type { SecretBox } from '../../secrets/index.js'
import { valueAt, without } from './pointer.js'

/** The secret fields of a target: taken out before it is stored, sealed one by one, opened only for the agent that serves it. */
export interface SplitTarget {
  /** What may be stored and shown. */
  readonly open: Readonly<Record<string, unknown>>
  /** Given anew, by JSON pointer. `null`: remove what is stored. */
  readonly given: ReadonlyMap<string, unknown>
}

export function splitTarget(target: Readonly<Record<string, unknown>>, pointers: readonly string[]): SplitTarget {
  const given = new Map(pointers.map((pointer) => [pointer, valueAt(target, pointer)] as const).filter(([, value]) => value !== undefined))
  return { open: without(target, pointers), given }
}

/** The secrets of a resource under the names the engines know: the JSON pointer without its first slash. */
export async function openSecrets(db: Reader, secrets: SecretBox, resourceId: string): Promise<Readonly<Record<string, string>>> {
  const rows = await db.resourceSecret.findMany({ where: { resourceId } })
  const opened = await Promise.all(
    rows.map(async ({ field, sealed }) => {
      const bytes = await secrets.open(db, { record: resourceId, field }, sealed)
      return [field.slice(1), bytes.toString('utf8')] as const
    }),
  )
  return Object.fromEntries(opened)
}
