import { serialize } from 'pg-protocol'

/** What a client says, written by a serializer that is not ours. */
export const say = {
  query: (sql: string) => bytes(serialize.query(sql)),
  parse: (name: string, text: string, types: number[] = []) => bytes(serialize.parse({ name, text, types })),
  bind: (portal: string, statement: string, values: (string | null)[] = [], binary = false) =>
    bytes(serialize.bind({ portal, statement, values, binary })),
  execute: (portal = '', rows = 0) => bytes(serialize.execute({ portal, rows })),
  describe: (type: 'S' | 'P', name = '') => bytes(serialize.describe({ type, name })),
  close: (type: 'S' | 'P', name = '') => bytes(serialize.close({ type, name })),
  sync: () => bytes(serialize.sync()),
  flush: () => bytes(serialize.flush()),
  end: () => bytes(serialize.end()),
  copyData: (text: string) => bytes(serialize.copyData(Buffer.from(text))),
  copyDone: () => bytes(serialize.copyDone()),
  copyFail: (reason: string) => bytes(serialize.copyFail(reason)),
  /** Parse, Bind, Describe, Execute of the unnamed statement, without Sync. */
  run: (text: string, values: (string | null)[] = []) =>
    joined(say.parse('', text), say.bind('', '', values), say.describe('P'), say.execute()),
}

function bytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer)
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** A message as it should never be written. */
export function frame(type: string, body: Uint8Array | string = '', length?: number): Uint8Array {
  const content = typeof body === 'string' ? Buffer.from(body, 'latin1') : Buffer.from(body)
  const out = Buffer.alloc(5 + content.length)
  out.write(type, 'latin1')
  out.writeInt32BE((length ?? content.length + 4) | 0, 1)
  content.copy(out, 5)
  return new Uint8Array(out)
}

/** Whole messages of a stream, as type and body. */
export function messages(stream: Uint8Array): { readonly type: string; readonly body: Buffer }[] {
  const buffer = Buffer.from(stream)
  const found: { type: string; body: Buffer }[] = []
  for (let at = 0; at + 5 <= buffer.length;) {
    const size = buffer.readInt32BE(at + 1) + 1
    if (at + size > buffer.length) break
    found.push({ type: String.fromCharCode(buffer[at] ?? 0), body: buffer.subarray(at + 5, at + size) })
    at += size
  }
  return found
}

/** One word per message: `E:42501`, `C:SELECT 1`, `Z:I`, else the type. */
export function told(stream: Uint8Array): string[] {
  return messages(stream).map(({ type, body }) => {
    if (type === 'E' || type === 'N') return `${type}:${fields(body)['C']}`
    if (type === 'C') return `C:${body.toString('latin1', 0, body.length - 1)}`
    if (type === 'Z') return `Z:${body.toString('latin1')}`
    return type
  })
}

export function fields(body: Uint8Array): Record<string, string> {
  const parts = Buffer.from(body).toString('utf8').split('\0')
  return Object.fromEntries(parts.filter(Boolean).map((part) => [part.slice(0, 1), part.slice(1)]))
}
