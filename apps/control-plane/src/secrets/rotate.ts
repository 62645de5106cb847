import type { Database } from '../db/index.js'
import { recordAct, systemActor } from '../trail/index.js'
import type { MasterKey } from './master-key.js'

/**
 * Wraps every data key with another master key, all or none; no sealed value changes. Control planes that still run
 * with the old key answer `unavailable` where a secret is needed, until they are started with the new one.
 */
export async function rotateMasterKey(db: Database, from: MasterKey, to: MasterKey): Promise<{ readonly rewrapped: number }> {
  return db.$transaction(
    async (tx) => {
      // Nobody may add a key wrapped by the old one while the others change.
      await tx.$executeRaw`LOCK TABLE data_key IN SHARE ROW EXCLUSIVE MODE`
      const rows = await tx.dataKey.findMany({ where: { NOT: { masterKey: to.id } } })
      for (const row of rows) {
        if (row.masterKey !== from.id)
          throw new Error(`the data key of ${row.record} is wrapped by ${row.masterKey}, not by the present master key ${from.id}`)
        const wrapped = to.wrap(row.record, from.unwrap(row.record, row.wrapped))
        await tx.dataKey.update({ where: { record: row.record }, data: { wrapped: Uint8Array.from(wrapped), masterKey: to.id } })
      }
      await recordAct(tx, systemActor, {
        action: 'master_key.rotate',
        target: { kind: 'master_key', name: to.id },
        detail: { from: from.id, rewrapped: rows.length },
      })
      return { rewrapped: rows.length }
    },
    { timeout: 300_000 },
  )
}

/** Data keys that the master key in use cannot open: with even one the control plane must not start. */
export async function foreignDataKeys(db: Database, master: MasterKey): Promise<readonly string[]> {
  const rows = await db.dataKey.findMany({ where: { NOT: { masterKey: master.id } }, distinct: ['masterKey'], select: { masterKey: true } })
  return rows.map(({ masterKey }) => masterKey)
}
