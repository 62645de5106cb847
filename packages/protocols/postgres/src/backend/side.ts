import { SallyportError } from '@sallyport/core'
import type { DatabaseError, DataRowMessage } from 'pg-protocol/dist/messages.js'
import { serialize } from 'pg-protocol/dist/serializer.js'
import { createFrames } from './frames.js'
import { type Login, login, type LoginOptions } from './login.js'

/**
 * A connection of the agent's own beside its clients': catalog queries, nothing of a caller's ever. One query at a
 * time, results in text. A caller must `close` it.
 */
export interface SideConnection {
  /** Rows of the one statement in `text`, at most a hundred, as text; NULL is null. Throws `SallyportError`. */
  query(text: string): Promise<Rows>
  close(): void
}

type Rows = readonly (readonly (string | null)[])[]

/** Bytes of one message: a whole part of the catalog may come as one value. There are few of them. */
const largest = 64 << 20
const mostRows = 100

export async function openSide(options: LoginOptions): Promise<SideConnection> {
  const { upstream, inbound }: Login = await login(options)
  const { stream } = upstream
  const frames = createFrames(inbound, largest)
  const abandon = () => stream.destroy()
  options.signal.addEventListener('abort', abandon, { once: true })
  return {
    query: (text) => ask({ upstream, frames }, text),
    close() {
      options.signal.removeEventListener('abort', abandon)
      inbound.release()
      stream.end(serialize.end())
      stream.resume()
    },
  }
}

/** As `SideConnection.query`, on any connection that nothing else is asked of. */
export async function ask({ upstream, frames }: Pick<Login, 'upstream' | 'frames'>, text: string): Promise<Rows> {
  const rows: (string | null)[][] = []
  let failed: SallyportError | undefined
  upstream.stream.write(serialize.query(text))
  for (;;) {
    const frame = await frames.next()
    if (frame.type === 'D' && rows.length < mostRows) rows.push((frame.decode() as DataRowMessage).fields as (string | null)[])
    else if (frame.type === 'E') failed = complaint(frame.decode() as unknown as DatabaseError)
    else if (frame.type === 'Z') break
    else if (!harmless.has(frame.type)) throw new SallyportError('target_rejected', 'the target sent what was not asked for')
  }
  if (failed) throw failed
  return rows
}

/** RowDescription, CommandComplete, NoticeResponse, ParameterStatus, EmptyQueryResponse. */
const harmless: ReadonlySet<string> = new Set(['T', 'C', 'N', 'S', 'I'])

function complaint(error: DatabaseError): SallyportError {
  const sqlstate = error.code ?? 'XX000'
  return new SallyportError('target_rejected', `the target refused a catalog query: ${(error.message ?? '').slice(0, 500)} (${sqlstate})`, {
    sqlstate,
  })
}
