import type { Reader } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'
import { hashKeyRing, type HashKeyRow } from '../../secrets/index.js'

export function listHashKeys(db: Reader, { before, take }: PageWindow): Promise<HashKeyRow[]> {
  return db.hashKey.findMany({ where: { ring: hashKeyRing, ...before }, take, orderBy: { id: 'desc' } })
}
