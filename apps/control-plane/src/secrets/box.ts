import { randomBytes } from 'node:crypto'
import { SallyportError } from '@sallyport/core'
import type { Reader } from '../db/index.js'
import { openBytes, sealBytes } from './envelope.js'
import type { MasterKey } from './master-key.js'

/**
 * Seals and opens the secret fields of a record with the data key of that record, which lies in the database wrapped by
 * the master key. A caller must not let an opened value out of the request or stream that needs it, and must `forget` a
 * record that it deletes.
 */
export interface SecretBox {
  /** `record` is an id or `setting/NAME`; its data key is made on first use. */
  seal(db: Reader, at: SealedAt, plaintext: string | Uint8Array): Promise<Buffer<ArrayBuffer>>
  /** Throws `SallyportError` `unavailable` when the bytes do not open here. */
  open(db: Reader, at: SealedAt, sealed: Uint8Array): Promise<Buffer>
  forget(db: Reader, record: string): Promise<void>
}

export interface SealedAt {
  readonly record: string
  readonly field: string
}

export function createSecretBox(master: MasterKey): SecretBox {
  const unwrap = (record: string, row: { wrapped: Uint8Array; masterKey: string }): Buffer => {
    if (row.masterKey !== master.id) throw new SallyportError('unavailable', 'a secret is sealed under another master key')
    return master.unwrap(record, row.wrapped)
  }
  const dataKey = async (db: Reader, record: string): Promise<Buffer> => {
    const found = await db.dataKey.findUnique({ where: { record } })
    if (found !== null) return unwrap(record, found)
    const wrapped = master.wrap(record, randomBytes(32))
    // Two replicas may seal the same record first: whoever wins, both read the winner's key.
    await db.dataKey.createMany({ data: [{ record, wrapped: Uint8Array.from(wrapped), masterKey: master.id }], skipDuplicates: true })
    return unwrap(record, await db.dataKey.findUniqueOrThrow({ where: { record } }))
  }
  return {
    seal: async (db, at, plaintext) => {
      const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext
      return Buffer.from(sealBytes(await dataKey(db, at.record), binding(at), bytes))
    },
    open: async (db, at, sealed) => {
      const row = await db.dataKey.findUnique({ where: { record: at.record } })
      if (row === null) throw new SallyportError('unavailable', 'the key of a secret is missing')
      const key = unwrap(at.record, row)
      try {
        return openBytes(key, binding(at), sealed)
      } catch {
        throw new SallyportError('unavailable', 'a secret does not open: it was changed outside Sallyport')
      }
    },
    forget: async (db, record) => {
      await db.dataKey.deleteMany({ where: { record } })
    },
  }
}

function binding({ record, field }: SealedAt): string {
  return `field\0${record}\0${field}`
}
