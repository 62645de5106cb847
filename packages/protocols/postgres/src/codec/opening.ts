import { createReader, createWriter, readCString, readEnd, readInt32, readRest, WireError } from '@sallyport/wire'
import { encodeText } from './text.js'

/**
 * What the agent says to begin a connection to a target, and what only a beginning holds of the target's answers.
 * Layouts: PostgreSQL documentation, "Message Formats". These packets carry no type byte: int32 length, itself
 * included, and an int32 code. The readers take a message's body and throw `WireError` for what breaks its layout.
 */

/** Minor versions of protocol 3: 0 since PostgreSQL 7.4, 2 since 18. Nothing was ever called 1; a server takes it for 0. */
export const newestMinor = 2

/** The first minor version whose cancel keys have 4 to 256 bytes; before it they have 4. */
export const longKeysSince = 2

/** As packets and messages spell a version: the major one in the upper 16 bits. */
export const protocolVersion = (minor: number) => (3 << 16) | minor

export const requestCodes = { cancel: 80877102, ssl: 80877103, gss: 80877104 } as const

/** What a CancelRequest must carry. */
export interface BackendKey {
  readonly pid: number
  readonly secret: Uint8Array
}

/** Bytes of a cancel key's secret, from protocol 3.2 on; before it, the least is what it has. */
export const secretBytes = { least: 4, most: 256 } as const

/** StartupMessage: int32 length · int32 version · { string name · string value }* · byte1 0 */
export function startupMessage(minor: number, parameters: Readonly<Record<string, string>>): Uint8Array {
  const writer = createWriter().int32(0).int32(protocolVersion(minor))
  for (const [name, value] of Object.entries(parameters)) writer.cstring(encodeText(name)).cstring(encodeText(value))
  writer.int8(0)
  return writer.patchInt32(0, writer.length()).finish()
}

/** CancelRequest: int32 length · int32 80877102 · int32 process · byteN key */
export function cancelRequest({ pid, secret }: BackendKey): Uint8Array {
  return createWriter()
    .int32(12 + secret.length)
    .int32(requestCodes.cancel)
    .int32(pid)
    .bytes(secret)
    .finish()
}

/** NegotiateProtocolVersion: int32 newest version supported · int32 count · { string option }*. Answers the minor version, and how many options it names. */
export function readNegotiation(body: Uint8Array): { readonly minor: number; readonly unknown: number } {
  const reader = createReader(body)
  const version = readInt32(reader)
  if (version >>> 16 !== 3) throw new WireError('malformed', 'a version of another protocol')
  const unknown = readInt32(reader)
  for (let left = unknown; left > 0; left--) readCString(reader)
  readEnd(reader)
  return { minor: version & 0xffff, unknown }
}

/** BackendKeyData: int32 process · byteN key (4 bytes before 3.2, 4 to 256 from then on) */
export function readBackendKey(body: Uint8Array, minor: number): BackendKey {
  const reader = createReader(body)
  const pid = readInt32(reader)
  const secret = Uint8Array.from(readRest(reader))
  const most = minor >= longKeysSince ? secretBytes.most : secretBytes.least
  if (secret.length < secretBytes.least || secret.length > most) throw new WireError('malformed', 'a cancel key of no such length')
  return { pid, secret }
}
