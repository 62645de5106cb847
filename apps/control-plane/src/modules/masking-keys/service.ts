import type { Caller } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import { readPage, type Page, type PageQuery } from '../../http/page.js'
import { newestHashKey, rotateHashKey, type HashKeyRow } from '../../secrets/index.js'
import type { MaskingKeyView } from './schema.js'
import * as store from './store.js'

export interface MaskingKeyService {
  list(query: PageQuery): Promise<Page<MaskingKeyView>>
  /** Begins the next epoch. */
  rotate(caller: Caller): Promise<MaskingKeyView>
}

/** What may be known of the keys of hashed values: that they are there, and since when. A key itself never gets this far. */
export function createMaskingKeyService({ db, secrets }: Pick<Context, 'db' | 'secrets'>): MaskingKeyService {
  return {
    list: async (query) => {
      const newest = await newestHashKey(db)
      const page = await readPage(query, (window) => store.listHashKeys(db, window))
      return { ...page, items: page.items.map((row) => toView(row, newest?.epoch === row.epoch)) }
    },
    rotate: async (caller) => toView(await rotateHashKey(db, secrets, caller.actor), true),
  }
}

function toView({ id, epoch, createdBy, createdAt }: HashKeyRow, newest: boolean): MaskingKeyView {
  return { id, epoch, newest, created_by: createdBy, created_at: createdAt.toISOString() }
}
