import type { Param } from '@sallyport/core'
import type { Fate } from '@sallyport/wire'
import { WireError } from '@sallyport/wire'
import { frontend, readReady, readRow } from '../codec/index.js'
import type { Told } from './question.js'
import type { Session } from './session.js'

/**
 * Questions of our own on the client's connection, as a batch whose answers never reach the client. They go in the
 * extended protocol under a name that is closed again, for a simple query would do away with the client's unnamed
 * statement and portal. A caller must ask only while nothing is in flight, and only what the client cannot notice:
 * inside its transaction nothing that takes a snapshot before the client itself has taken one.
 */
export interface Inquiries {
  /** One is open: what the target says is the answer to it. */
  open(): boolean
  ask(statements: readonly (string | WithParams)[], told: (told: Told) => void): void
  head(type: string, size: number): Fate
  whole(frame: Uint8Array): void
  failed(): void
}

/** A statement with what a client bound to its parameters. */
export interface WithParams {
  readonly sql: string
  readonly params: readonly Param[]
}

/** Bytes of all rows that one question may answer. */
const mostBytes = 16 * 1024 * 1024

interface Open {
  readonly results: (readonly (string | null)[])[][]
  readonly told: (told: Told) => void
  bytes: number
  failed: boolean
}

/** `name` must be one that no client would think of. */
export function createInquiries(session: Session, name: string): Inquiries {
  let open: Open | undefined

  function head(type: string, size: number): Fate {
    const asked = open!
    if (!expected.has(type)) throw new WireError('malformed', `the target answered a question of ours with a message of type ${type}`)
    if (type === 'Z') return 'whole'
    if (type === '1') asked.results.push([])
    if (type !== 'D') return 'drop'
    asked.bytes += size
    if (asked.bytes > mostBytes) asked.failed = true
    return asked.failed ? 'drop' : 'whole'
  }

  return {
    open: () => open !== undefined,
    ask(statements, told) {
      open = { results: [], told, bytes: 0, failed: false }
      const frames = statements.flatMap((one) =>
        typeof one === 'string' ? frontend.ask(name, one) : frontend.ask(name, one.sql, one.params),
      )
      session.out.push({ do: 'server', bytes: Buffer.concat([...frames, frontend.sync]) })
    },
    head,
    whole(frame) {
      const asked = open!
      if (frame[0] === 0x44) {
        asked.results.at(-1)?.push(readRow(frame))
        return
      }
      open = undefined
      session.status = readReady(frame)
      asked.told({ results: asked.failed ? undefined : asked.results })
    },
    failed() {
      open!.failed = true
    },
  }
}

/** ParseComplete, BindComplete, DataRow, CommandComplete, CloseComplete, ReadyForQuery. */
const expected: ReadonlySet<string> = new Set(['1', '2', 'D', 'C', '3', 'Z'])
