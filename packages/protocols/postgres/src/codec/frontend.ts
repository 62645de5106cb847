import type { Param } from '@sallyport/core'
import {
  createReader,
  createWriter,
  readBytes,
  readCString,
  readEnd,
  readInt32,
  readUint16,
  readUint8,
  type Reader,
  WireError,
  type Writer,
} from '@sallyport/wire'
import { decodeText, encodeText } from './text.js'

/**
 * What a client may say after its login. Every decoder is strict and takes the whole message: the format has one
 * encoding per meaning, so a message that decodes is, byte for byte, the one that its fields would be written as. A
 * caller must not forward bytes that were not decoded here, but for the data of a COPY it permitted.
 */
export type FrontendMessage =
  | { readonly type: 'query'; readonly text: string; readonly raw: Uint8Array }
  | ParseMessage
  | BindMessage
  | { readonly type: 'describe' | 'close'; readonly space: Space; readonly name: string }
  /** `rows` 0 or less: all of them. */
  | { readonly type: 'execute'; readonly portal: string; readonly rows: number }

export interface ParseMessage {
  readonly type: 'parse'
  readonly name: string
  readonly text: string
  /** The text's own bytes, a view of the message. */
  readonly raw: Uint8Array
  /** Type OIDs the client declared; 0 leaves one to the server. */
  readonly types: readonly number[]
}

export interface BindMessage {
  readonly type: 'bind'
  readonly portal: string
  readonly statement: string
  /** Values are views of the message; the types are the statement's. */
  readonly params: readonly Param[]
}

/** Prepared statements and portals have a namespace each, whichever way their members were made. */
export type Space = 'statements' | 'portals'

/** Broken in a way that leaves the frames intact: the session can go on. Its message quotes nothing. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
  constructor(
    /** SQLSTATE, as PostgreSQL answers the same message. */
    readonly code: '08P01' | '22021' | '42622',
    message: string,
  ) {
    super(message)
  }
}

const kiB = 1024

/** Largest body in bytes per message type; `statement` and `bind` are the listener's own limits. */
export const frontendTypes = {
  /** Query: string text */
  Q: 'statement',
  /** Parse: string name · string text · int16 count · { int32 type }* */
  P: 'statement',
  /** Bind: string portal · string statement · int16 count · { int16 format }* · int16 count · { int32 length · bytes }* · int16 count · { int16 format }* */
  B: 'bind',
  /** Describe: byte1 'S' or 'P' · string name */
  D: 4 * kiB,
  /** Execute: string portal · int32 rows */
  E: 4 * kiB,
  /** Close: byte1 'S' or 'P' · string name */
  C: 4 * kiB,
  /** Sync, Flush, Terminate, CopyDone: nothing */
  S: 0,
  H: 0,
  X: 0,
  c: 0,
  /** FunctionCall: never understood, for it runs code by number alone; recorded as it came */
  F: 64 * kiB,
  /** CopyData: bytes */
  d: 'bind',
  /** CopyFail: string reason */
  f: 64 * kiB,
} as const satisfies Readonly<Record<string, number | 'statement' | 'bind'>>

export type FrontendType = keyof typeof frontendTypes

export function isFrontendType(type: string): type is FrontendType {
  return Object.hasOwn(frontendTypes, type)
}

const decoders: Readonly<Partial<Record<FrontendType, (reader: Reader) => FrontendMessage>>> = {
  Q(reader) {
    const raw = readCString(reader)
    return { type: 'query', text: text(raw), raw }
  },
  P(reader) {
    const name = identifier(reader)
    const raw = readCString(reader)
    const count = readUint16(reader)
    const types: number[] = []
    for (let i = 0; i < count; i++) types.push(readInt32(reader) >>> 0)
    return { type: 'parse', name, text: text(raw), raw, types }
  },
  B(reader) {
    const portal = identifier(reader)
    const statement = identifier(reader)
    const formats = formatCodes(reader)
    const params = parameters(reader, formats)
    formatCodes(reader)
    return { type: 'bind', portal, statement, params }
  },
  D: (reader) => ({ type: 'describe', ...named(reader) }),
  C: (reader) => ({ type: 'close', ...named(reader) }),
  E: (reader) => ({ type: 'execute', portal: identifier(reader), rows: readInt32(reader) }),
}

/**
 * Decodes a whole frame, header included, of a type that carries fields.
 * @throws {MessageError} when it is not exactly one well-formed message.
 */
export function decodeFrontend(type: FrontendType, frame: Uint8Array): FrontendMessage {
  const decode = decoders[type]
  if (!decode) throw new MessageError('08P01', 'this message carries no fields')
  try {
    const reader = createReader(frame, 5)
    const message = decode(reader)
    readEnd(reader)
    return message
  } catch (error) {
    if (error instanceof WireError) throw new MessageError('08P01', `invalid message format: ${error.message}`)
    throw error
  }
}

function text(raw: Uint8Array): string {
  try {
    return decodeText(raw)
  } catch {
    throw new MessageError('22021', 'invalid byte sequence for encoding "UTF8"')
  }
}

/** The server compares only the first 63 bytes of a name: two names that it takes for one must not look like two here. */
function identifier(reader: Reader): string {
  const raw = readCString(reader)
  if (raw.length > 63) throw new MessageError('42622', 'a name is longer than 63 bytes')
  return text(raw)
}

function named(reader: Reader): { readonly space: Space; readonly name: string } {
  const kind = readUint8(reader)
  if (kind !== 0x53 && kind !== 0x50) throw new MessageError('08P01', 'invalid message format: neither statement nor portal')
  return { space: kind === 0x53 ? 'statements' : 'portals', name: identifier(reader) }
}

function formatCodes(reader: Reader): readonly ('text' | 'binary')[] {
  const count = readUint16(reader)
  const formats: ('text' | 'binary')[] = []
  for (let i = 0; i < count; i++) {
    const code = readUint16(reader)
    if (code > 1) throw new MessageError('08P01', 'invalid message format: unsupported format code')
    formats.push(code === 1 ? 'binary' : 'text')
  }
  return formats
}

function parameters(reader: Reader, formats: readonly ('text' | 'binary')[]): readonly Param[] {
  const count = readUint16(reader)
  // None: all text. One: it goes for all. Else one each.
  if (formats.length > 1 && formats.length !== count) {
    throw new MessageError('08P01', `bind message has ${formats.length} parameter formats but ${count} parameters`)
  }
  const params: Param[] = []
  for (let i = 0; i < count; i++) {
    const length = readInt32(reader)
    if (length < -1) throw new MessageError('08P01', 'invalid message format: negative length')
    const format = formats.length > 1 ? formats[i]! : (formats[0] ?? 'text')
    params.push({ format, value: length === -1 ? null : readBytes(reader, length) })
  }
  return params
}

function message(type: FrontendType, body: (writer: Writer) => unknown): Uint8Array {
  const writer = createWriter().int8(type.charCodeAt(0)).int32(0)
  body(writer)
  return writer.patchInt32(1, writer.length() - 1).finish()
}

const describePortal = (name: string) => message('D', (w) => w.int8(0x50).cstring(encodeText(name)))
/** The one that drivers execute. */
const describeUnnamed = describePortal('')

/** What we say to the target ourselves: a statement of our own, and the ends of units. */
export const frontend = {
  query: (sql: string) => message('Q', (w) => w.cstring(encodeText(sql))),
  /** No declared types. */
  parse: (name: string, sql: string) => message('P', (w) => w.cstring(encodeText(name)).cstring(encodeText(sql)).int16(0)),
  /** Parse, Bind, Execute and the two Closes of one statement; its portal has the same name. `params` as a client gave them. */
  ask: (name: string, sql: string, params: readonly Param[] = []): readonly Uint8Array[] => {
    const named = encodeText(name)
    const parse = message('P', (w) => {
      w.cstring(named).cstring(encodeText(sql)).int16(params.length)
      for (const { type } of params) w.int32(Number(type ?? 0) | 0)
    })
    const bind = message('B', (w) => {
      w.cstring(named).cstring(named).int16(params.length)
      for (const { format } of params) w.int16(format === 'binary' ? 1 : 0)
      w.int16(params.length)
      for (const { value } of params) {
        w.int32(value === null ? -1 : value.length)
        if (value !== null) w.bytes(value)
      }
      w.int16(0)
    })
    const close = (space: 'S' | 'P') => message('C', (w) => w.int8(space.charCodeAt(0)).cstring(named))
    return [parse, bind, message('E', (w) => w.cstring(named).int32(0)), close('P'), close('S')]
  },
  describePortal: (name: string) => (name === '' ? describeUnnamed : describePortal(name)),
  sync: message('S', () => undefined),
  flush: message('H', () => undefined),
  terminate: message('X', () => undefined),
  /** No more data will come, and what came is not to be kept. */
  copyFail: message('f', (w) => w.cstring(encodeText('the client is gone'))),
} as const
