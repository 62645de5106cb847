import type { Param } from '@sallyport/core'
import type { Classified } from '@sallyport/sql'
import type { Space } from '../codec/index.js'

/**
 * What prepared statements and portals stand for at the server. SQL PREPARE and Parse share one namespace, SQL cursors and
 * protocol portals another. A change counts when the server confirmed it, in the order of its answers; until then it
 * belongs to its batch, and only that batch may build on it: an error skips the rest of a batch, but not the next one,
 * where an unconfirmed name may still mean what it meant before.
 */
export interface Names {
  statement(name: string): Statement | undefined
  portal(name: string): Portal | undefined
  apply(change: Change): void
  /** The transaction ended: only cursors WITH HOLD are left. */
  endTransaction(): void
  /** Whether so much text may be kept in addition. */
  roomFor(bytes: number): boolean
}

/** What a name will run, as text to be classified again each time: the catalog and the policies may differ by then. */
export interface Statement {
  /** `prepare` and `declare`: the text is that whole SQL statement; `parse`: the text itself runs. */
  readonly made: 'parse' | 'prepare' | 'declare'
  readonly text: string
  readonly raw: Uint8Array
  /** OIDs the client declared for parameters. */
  readonly types: readonly number[]
  /** What it ran as names stood when it was prepared; undefined where that is another name's matter, or the portal's. */
  readonly meant: Classified | undefined
}

export interface Portal {
  readonly statement: Statement
  readonly params: readonly Param[]
  /** What it ran as names stood when it was opened; undefined for a text of blanks. */
  readonly meant: Classified | undefined
  /** Outlives its transaction. */
  readonly hold: boolean
}

export type Change =
  | { readonly space: 'statements'; readonly name: string; readonly to: Statement | undefined }
  | { readonly space: 'portals'; readonly name: string; readonly to: Portal | undefined }
  | { readonly space: Space | 'both'; readonly all: true }

/** How much of a client's text and parameters is kept by name. */
const mostNames = 10_000
const mostBytes = 64 * 1024 * 1024

export function createNames(): Names {
  const statements = new Map<string, Statement>()
  const portals = new Map<string, Portal>()
  let bytes = 0

  const put = <T>(map: Map<string, T>, name: string, to: T | undefined, weigh: (value: T) => number) => {
    const before = map.get(name)
    if (before !== undefined) bytes -= weigh(before)
    if (to === undefined) {
      map.delete(name)
      return
    }
    bytes += weigh(to)
    map.set(name, to)
  }
  const putStatement = (name: string, to: Statement | undefined) => put(statements, name, to, (s) => s.raw.length * 2 + s.types.length * 4)
  const putPortal = (name: string, to: Portal | undefined) => put(portals, name, to, weighPortal)

  return {
    statement: (name) => statements.get(name),
    portal: (name) => portals.get(name),
    apply(change) {
      if ('all' in change) {
        if (change.space !== 'portals') for (const name of statements.keys()) putStatement(name, undefined)
        if (change.space !== 'statements') for (const name of portals.keys()) putPortal(name, undefined)
      } else if (change.space === 'statements') putStatement(change.name, change.to)
      else putPortal(change.name, change.to)
    },
    endTransaction() {
      if (portals.size === 0) return
      for (const [name, portal] of portals) if (!portal.hold) putPortal(name, undefined)
    },
    roomFor: (more) => bytes + more * 2 <= mostBytes && statements.size + portals.size < mostNames,
  }
}

function weighPortal({ params, statement }: Portal): number {
  let sum = statement.raw.length * 2
  for (const { value } of params) sum += value ? value.length + 16 : 16
  return sum
}

export function forgotten(space: Space, name: string): Change {
  return space === 'statements' ? { space, name, to: undefined } : { space, name, to: undefined }
}

/** A simple query does away with the unnamed statement and the unnamed portal before it runs. */
export const unnamedGone: readonly Change[] = [forgotten('statements', ''), forgotten('portals', '')]

/** What changes in their order leave of a name; `undefined` when none of them touches it. */
export function lastChange(changes: readonly Change[], space: Space, name: string): Change | undefined {
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i]!
    if ('all' in change) {
      if (change.space === space || change.space === 'both') return change
    } else if (change.space === space && change.name === name) return change
  }
  return undefined
}
