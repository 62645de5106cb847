import { SallyportError, type LockTarget } from '@sallyport/core'
import { lockFor } from '@sallyport/policy'
import type { Caller } from '../../auth/caller.js'
import { toLock } from '../../auth/locks.js'
import type { Context } from '../../context.js'
import { readPage, type Page, type PageQuery } from '../../http/page.js'
import { invalid, unprocessable } from '../../http/problem.js'
import { recordAct } from '../../trail/index.js'
import type { LockBody, LockView } from './schema.js'
import * as store from './store.js'
import type { LockRow } from './store.js'

export interface LockService {
  list(query: PageQuery): Promise<Page<LockView>>
  read(id: string): Promise<LockView>
  create(caller: Caller, body: LockBody): Promise<LockView>
  remove(caller: Caller, id: string): Promise<void>
}

/** A lock is in force with its commit; agents and replicas hear of it within a second. It is never changed, only added and removed. */
export function createLockService({ db, now }: Pick<Context, 'db' | 'now'>): LockService {
  return {
    list: async (query) => {
      const page = await readPage(query, (window) => store.listLocks(db, window))
      return { ...page, items: page.items.map(toView) }
    },
    read: async (id) => toView(known(await store.findLock(db, id))),
    create: async (caller, { target, message, expires_at }) => {
      const expiresAt = expires_at === undefined ? null : new Date(expires_at)
      if (expiresAt !== null && expiresAt.getTime() <= now()) throw invalid([{ path: '/expires_at', message: 'lies in the past' }])
      refuseLockingOneself(caller, target, now())
      return db.$transaction(async (tx) => {
        const row = await store.insertLock(tx, { ...columnsOf(target), message, expiresAt, createdBy: caller.actor.key })
        await recordAct(tx, caller.actor, { action: 'lock.create', target: targetOf(row), after: toView(row), detail: { kind: row.kind } })
        return toView(row)
      })
    },
    remove: async (caller, id) => {
      await db.$transaction(async (tx) => {
        const row = known(await store.findLock(tx, id))
        if (!(await store.deleteLock(tx, id))) throw new SallyportError('not_found', 'there is no such lock')
        await recordAct(tx, caller.actor, { action: 'lock.delete', target: targetOf(row), before: toView(row) })
      })
    },
  }
}

/** Nobody could remove a lock that shuts out everybody who may remove locks. */
function refuseLockingOneself({ identity }: Caller, target: LockTarget, now: number): void {
  if (lockFor(identity, undefined, '', [{ id: '', target, message: '' }], now) === undefined) return
  throw unprocessable([{ path: '/target', message: 'is yourself: somebody else must set this lock' }])
}

function columnsOf(target: LockTarget): Pick<LockRow, 'kind' | 'name' | 'provider'> {
  switch (target.kind) {
    case 'principal':
    case 'group':
      return { kind: target.kind, name: target.name, provider: target.provider ?? null }
    case 'token':
    case 'agent':
      return { kind: target.kind, name: target.id, provider: null }
    case 'resource':
      return { kind: target.kind, name: target.name, provider: null }
    default:
      return target satisfies never
  }
}

function known(row: LockRow | null): LockRow {
  if (row === null) throw new SallyportError('not_found', 'there is no such lock')
  return row
}

function targetOf({ id, name }: LockRow) {
  return { kind: 'lock', id, name }
}

function toView(row: LockRow): LockView {
  return {
    id: row.id,
    target: toLock(row).target,
    message: row.message,
    ...(row.expiresAt !== null && { expires_at: row.expiresAt.toISOString() }),
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
  }
}
