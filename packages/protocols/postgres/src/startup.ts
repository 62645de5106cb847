import { next, type Transitions } from '@sallyport/core'
import { createReader, readCString, readInt32, readRest, WireError } from '@sallyport/wire'
import { decodeText, newestMinor, requestCodes, secretBytes } from './codec/index.js'
import { LoginRefused, protocolViolation } from './refused.js'

/**
 * The packets a connection may begin with (PostgreSQL, "Message Formats": SSLRequest, GSSENCRequest, CancelRequest,
 * StartupMessage) and their order. They carry no type byte: int32 length, itself included, and an int32 code.
 * A caller must not read more than `largestStartup` bytes of one.
 */
export type Opening =
  | { readonly kind: 'ssl' }
  | { readonly kind: 'gss' }
  | { readonly kind: 'cancel'; readonly pid: number; readonly secret: Uint8Array }
  | StartupPacket

export interface StartupPacket {
  readonly kind: 'startup'
  /** The minor version to be spoken: what was asked for, or the newest there is. */
  readonly minor: number
  /** What was asked for is newer than anything here. */
  readonly newer: boolean
  /** Names as sent, in lower case; no duplicates. */
  readonly parameters: ReadonlyMap<string, string>
  /** `_pq_.` options, none of which is supported. */
  readonly extensions: readonly string[]
}

/** As the server limits it (src/include/libpq/pqcomm.h, MAX_STARTUP_PACKET_LENGTH). */
export const largestStartup = 10_000
export const smallestStartup = 8
/** What a TLS handshake begins with: a client that asks for nothing first (`sslnegotiation=direct`). */
export const tlsHandshakeByte = 0x16

/** One question for encryption each, then the login; after TLS there is nothing left to ask. */
export type StartupState = 'clear' | 'declined' | 'encrypted' | 'done'
export type StartupEvent = 'ssl' | 'gss' | 'tls' | 'startup' | 'cancel'

const transitions: Transitions<StartupState, StartupEvent> = {
  clear: { ssl: 'encrypted', tls: 'encrypted', gss: 'declined', startup: 'done', cancel: 'done' },
  declined: { ssl: 'encrypted', tls: 'encrypted', startup: 'done', cancel: 'done' },
  encrypted: { startup: 'done', cancel: 'done' },
  done: {},
}

/** @throws {LoginRefused} for a packet that may not come now. */
export function advance(state: StartupState, event: StartupEvent): StartupState {
  const then = next(transitions, state, event)
  if (then === undefined) throw protocolViolation('a request for encryption came twice, or after encryption was agreed on')
  return then
}

/** The length that a packet's first four bytes announce. @throws {LoginRefused} */
export function packetLength(head: Uint8Array): number {
  const length = readInt32(createReader(head))
  if (length < smallestStartup || length > largestStartup) throw protocolViolation('invalid length of startup packet')
  return length
}

/** Reads one whole packet. @throws {LoginRefused} */
export function readOpening(packet: Uint8Array): Opening {
  const reader = createReader(packet, 4)
  const code = readInt32(reader)
  if (code === requestCodes.ssl || code === requestCodes.gss) {
    if (packet.length !== 8) throw protocolViolation('a request for encryption carries nothing else')
    return code === requestCodes.ssl ? { kind: 'ssl' } : { kind: 'gss' }
  }
  if (code === requestCodes.cancel) {
    const length = packet.length - 12
    if (length < secretBytes.least || length > secretBytes.most) throw protocolViolation('invalid length of cancel request')
    return { kind: 'cancel', pid: readInt32(reader), secret: readRest(reader) }
  }
  const [major, asked] = [code >>> 16, code & 0xffff]
  if (major !== 3) {
    throw new LoginRefused('0A000', `unsupported frontend protocol ${major}.${asked}: this server supports 3.0 to 3.${newestMinor}`)
  }
  return { kind: 'startup', minor: Math.min(asked, newestMinor), newer: asked > newestMinor, ...readParameters(readRest(reader)) }
}

function readParameters(body: Uint8Array): Pick<StartupPacket, 'parameters' | 'extensions'> {
  const parameters = new Map<string, string>()
  const extensions: string[] = []
  const reader = createReader(body)
  try {
    for (let name = text(readCString(reader)); name !== ''; name = text(readCString(reader))) {
      const value = text(readCString(reader))
      if (name.startsWith('_pq_.')) {
        extensions.push(name)
        continue
      }
      // The server compares settings without case, and takes the last of two: so no two, however they are spelt.
      const key = name.toLowerCase()
      if (parameters.has(key)) throw protocolViolation(`start-up parameter "${shown(key)}" was sent twice`)
      parameters.set(key, value)
    }
  } catch (error) {
    if (error instanceof WireError) throw protocolViolation('invalid startup packet layout: expected terminator as last byte')
    throw error
  }
  if (reader.at !== reader.end) throw protocolViolation('invalid startup packet layout: expected terminator as last byte')
  return { parameters, extensions }
}

function text(bytes: Uint8Array): string {
  try {
    return decodeText(bytes)
  } catch {
    throw new LoginRefused('22021', 'invalid byte sequence for encoding "UTF8" in a start-up parameter')
  }
}

/** What a stranger sent, fit for a message. */
export function shown(text: string): string {
  return text.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
}
