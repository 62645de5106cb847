import { createWriter, type Writer } from '@sallyport/wire'
import { encodeText } from './text.js'

/**
 * The messages that we say to a client in the server's place. Layouts: PostgreSQL documentation, "Message Formats".
 * Every message is one type byte, an int32 length that counts itself and the body, and the body. A caller must put
 * nothing into a field that the client may not read.
 */

/** `I` outside a transaction, `T` in one, `E` in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E'

/** One letter per field: PostgreSQL documentation, "Error and Notice Message Fields". */
export interface Report {
  readonly severity: 'ERROR' | 'FATAL' | 'NOTICE' | 'WARNING'
  /** SQLSTATE. */
  readonly code: string
  readonly message: string
  readonly detail?: string
  readonly hint?: string
}

function message(type: string, body: (writer: Writer) => unknown): Uint8Array {
  const writer = createWriter().int8(type.charCodeAt(0)).int32(0)
  body(writer)
  return writer.patchInt32(1, writer.length() - 1).finish()
}

/** A NUL would end the field early and turn the rest into fields; nobody reads more than some thousand characters. */
function field(text: string): Uint8Array {
  return encodeText(text.slice(0, 8192).replaceAll('\0', ' '))
}

function report(type: 'E' | 'N', { severity, code, message: text, detail, hint }: Report): Uint8Array {
  const fields: readonly (readonly [letter: string, text: string | undefined])[] = [
    ['S', severity],
    ['V', severity],
    ['C', code],
    ['M', text],
    ['D', detail],
    ['H', hint],
  ]
  return message(type, (writer) => {
    for (const [letter, value] of fields) if (value) writer.int8(letter.charCodeAt(0)).cstring(field(value))
    writer.int8(0)
  })
}

/** ErrorResponse: 'E' · int32 length · { byte1 field · string }* · byte1 0 */
export const errorResponse = (fields: Report) => report('E', fields)

/** An ErrorResponse or NoticeResponse of fields as the target sends them, by their letters. */
export function reportOf(type: 'E' | 'N', fields: readonly (readonly [letter: string, value: Uint8Array])[]): Uint8Array {
  return message(type, (writer) => {
    for (const [letter, value] of fields) writer.int8(letter.charCodeAt(0)).cstring(value)
    writer.int8(0)
  })
}

/** NotificationResponse: 'A' · int32 length · int32 process · string channel · string payload */
export const notificationResponse = (channel: Uint8Array) => message('A', (w) => w.int32(0).cstring(channel).int8(0))

/** NoticeResponse: 'N' · int32 length · { byte1 field · string }* · byte1 0 */
export const noticeResponse = (fields: Report) => report('N', fields)

/** AuthenticationOk: 'R' · int32 8 · int32 0 */
export const authenticationOk = () => message('R', (w) => w.int32(0))

/** AuthenticationCleartextPassword: 'R' · int32 8 · int32 3 */
export const authenticationCleartextPassword = () => message('R', (w) => w.int32(3))

/** ParameterStatus: 'S' · int32 length · string name · string value */
export const parameterStatus = (name: string, value: string) => message('S', (w) => w.cstring(field(name)).cstring(field(value)))

/** BackendKeyData: 'K' · int32 length · int32 process · byteN key (4 bytes in 3.0, 4 to 256 in 3.2) */
export const backendKeyData = (process: number, key: Uint8Array) => message('K', (w) => w.int32(process).bytes(key))

/** ReadyForQuery: 'Z' · int32 5 · byte1 status */
export const readyForQuery = (status: TransactionStatus) => message('Z', (w) => w.int8(status.charCodeAt(0)))

/** NegotiateProtocolVersion: 'v' · int32 length · int32 newest version supported · int32 count · { string option }* */
export const negotiateProtocolVersion = (version: number, unknownOptions: readonly string[]) =>
  message('v', (w) => {
    w.int32(version).int32(unknownOptions.length)
    for (const option of unknownOptions) w.cstring(field(option))
  })
