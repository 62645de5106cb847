import type { Database } from '../db/index.js'
import type { SecretBox } from './box.js'

/**
 * A secret that all replicas share (a CA key, a signing key): made once, by whichever replica comes first, and read by
 * the others. `create` may run on several replicas at once; one result wins.
 */
export async function sharedSecret(
  db: Database,
  secrets: SecretBox,
  setting: { readonly name: string; create(): Promise<Uint8Array> },
): Promise<Buffer> {
  const at = { record: `setting/${setting.name}`, field: 'sealed' }
  const found = await db.setting.findUnique({ where: { name: setting.name } })
  if (found?.sealed) return secrets.open(db, at, found.sealed)
  const sealed = await secrets.seal(db, at, await setting.create())
  await db.setting.createMany({ data: [{ name: setting.name, sealed }], skipDuplicates: true })
  const winner = await db.setting.findUniqueOrThrow({ where: { name: setting.name } })
  if (winner.sealed === null) throw new Error(`the setting ${setting.name} is not a secret`)
  return secrets.open(db, at, winner.sealed)
}
