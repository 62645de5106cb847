import { createHash } from 'node:crypto'
import type { Action } from '@sallyport/core'
import type { TargetModel } from '@sallyport/sql'
import type { TransactionStatus } from './codec/index.js'
import type { Told } from './dialect/question.js'
import { buildModel } from './model/build.js'
import { type SessionCatalog, sessionCatalog } from './model/catalog.js'
import { definitionsOf, readTrees } from './model/definitions.js'

/**
 * What only one session sees: what its open transaction made or changed, and its temporary objects. It is read through
 * the session's own connection and believed only there. Inside a transaction that keeps one snapshot it is not read: that
 * would be blind to what others commit, while the target is not. A caller must resolve nothing where it says `unknown`.
 */
export interface OwnCatalog {
  /** What the target must be asked first, for a model of others that is the newest one known. */
  questions(shared: TargetModel | undefined): readonly string[] | undefined
  /** The answer to the last questions; answers what must be asked next, to know all or to leave no trace. */
  told(told: Told): readonly string[] | undefined
  ended(actions: readonly Action[]): void
  /** Undefined: nothing of its own. */
  model(shared: TargetModel | undefined): TargetModel | 'unknown' | undefined
}

interface Held {
  readonly model: TargetModel
  readonly base: TargetModel | undefined
  readonly version: number
  readonly at: number
}

type Asked =
  | { readonly is: 'temporary'; readonly base: TargetModel | undefined }
  | { readonly is: 'catalog'; readonly base: TargetModel | undefined; readonly version: number; readonly inside: boolean }

/** Milliseconds for which others' changes may be missed, as with the shared model. */
const stale = 10_000

const savepoint = '"sallyport looks"'
const bounds = ['set local search_path = pg_catalog, pg_temp', 'set local statement_timeout = 10000', 'set local jit = off'] as const
/** Places of answers among those to `look`. */
const places = { isolation: bounds.length + 1, catalog: bounds.length + 2 } as const

const look = (begin: string, end: readonly string[]) => [begin, ...bounds, 'show transaction_isolation', sessionCatalog, ...end]
const undo = [`rollback to savepoint ${savepoint}`, `release savepoint ${savepoint}`] as const
const inside = look(`savepoint ${savepoint}`, undo)
const outside = look('begin read only', ['rollback'])

export function createOwnCatalog(status: () => TransactionStatus): OwnCatalog {
  /** Counts what may have changed the catalog. */
  let version = 0
  /** The open transaction may have changed it. */
  let open = false
  let temporary: 'none' | 'maybe' | 'some' = 'none'
  let held: Held | undefined
  let asked: Asked | undefined

  function current(shared: TargetModel | undefined): boolean {
    return held?.version === version && held.base === shared && (!open || performance.now() - held.at < stale)
  }

  function lookNow(base: TargetModel | undefined, within: boolean): readonly string[] {
    asked = { is: 'catalog', base, version, inside: within }
    return within ? inside : outside
  }

  function keep(results: NonNullable<Told['results']>, { base, version: read, inside: within }: Extract<Asked, { is: 'catalog' }>): void {
    const text = results[places.catalog]?.[0]?.[0]
    if (!text || (within && results[places.isolation]?.[0]?.[0] !== 'read committed')) return
    const epoch = createHash('sha256').update('own').update(text).digest('hex')
    const catalog = JSON.parse(text) as SessionCatalog
    const definitions = new Map([...definitionsOf(base), ...readTrees(catalog.trees)])
    held = { model: buildModel(catalog, epoch, definitions), base, version: read, at: performance.now() }
  }

  return {
    questions(shared) {
      if (open) return status() === 'T' && !current(shared) ? lookNow(shared, true) : undefined
      if (status() !== 'I') return undefined
      if (temporary === 'some') return current(shared) ? undefined : lookNow(shared, false)
      if (temporary === 'none') return undefined
      asked = { is: 'temporary', base: shared }
      return ['select pg_catalog.pg_my_temp_schema()']
    },
    told({ results }) {
      const was = asked
      asked = undefined
      if (was?.is === 'temporary') {
        const oid = results?.[0]?.[0]?.[0]
        if (oid !== undefined && oid !== null) temporary = oid === '0' ? 'none' : 'some'
        return temporary === 'some' && !current(was.base) ? lookNow(was.base, false) : undefined
      }
      if (was && results) keep(results, was)
      if (!was || results || status() !== 'E') return undefined
      return was.inside ? undo : ['rollback']
    },
    ended(actions) {
      const changed = actions.some(changesCatalog)
      if (changed || (open && actions.some(({ verb }) => verb === 'rollback_to'))) version++
      if (changed) temporary = 'maybe'
      open = status() !== 'I' && (open || changed)
    },
    model(shared) {
      if (!open && temporary === 'none') return undefined
      return current(shared) ? held!.model : 'unknown'
    },
  }
}

const changing: ReadonlySet<string> = new Set([
  'ddl',
  'define_code',
  'privilege',
  'execute_unknown',
  'dynamic_sql',
  'unknown_statement',
  'indirect',
])

function changesCatalog({ verb, effects, certainty }: Action): boolean {
  return verb === 'discard' || certainty !== 'exact' || effects.some((effect) => changing.has(effect))
}
