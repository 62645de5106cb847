import { errorCatalogue, SallyportError, type ErrorCode } from '@sallyport/core'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { asSallyportError, databaseProblem } from '../db/index.js'

/** Every refusal leaves as a problem document (RFC 9457) with a code of the catalogue. Nothing here may repeat a value of the request. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:sallyport:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; a key of the error catalogue' }),
    detail: Type.String(),
    request_id: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String({ description: 'JSON pointer of the wrong field' }), message: Type.String() }), {
        description: 'Every wrong field',
      }),
    ),
  },
  { $id: 'Problem', title: 'Problem' },
)

export interface FieldError {
  readonly path: string
  readonly message: string
}

interface FastifyFailure extends Error {
  readonly code?: string
  readonly statusCode?: number
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[]
  readonly validationContext?: string
}

/** More wrong fields than this are not listed. */
const maxErrors = 100

export function invalid(errors: readonly FieldError[], message = 'some fields are not valid'): SallyportError {
  return new SallyportError('invalid', message, { errors })
}

export function unprocessable(errors: readonly FieldError[], message = 'some fields cannot be accepted'): SallyportError {
  return new SallyportError('unprocessable', message, { errors })
}

export async function sendProblem(request: FastifyRequest, reply: FastifyReply, error: SallyportError): Promise<void> {
  const { status, title } = errorCatalogue[error.code]
  const { errors, retry_after, ...rest } = error.details
  if (typeof retry_after === 'number') void reply.header('retry-after', String(retry_after))
  if (status === 401) void reply.header('www-authenticate', challenge(error.code))
  await reply
    .status(status)
    .type('application/problem+json; charset=utf-8')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send({
      ...rest,
      type: `urn:sallyport:problem:${error.code}`,
      title,
      status,
      code: error.code,
      detail: error.message,
      request_id: request.id,
      ...(Array.isArray(errors) && { errors: errors.slice(0, maxErrors) }),
    })
}

/** A whole HTTP answer for a socket that sent no request. */
export function unreadableProblem(status: 400 | 431): string {
  const { title } = errorCatalogue.invalid
  const detail = status === 431 ? 'the headers are larger than this server takes' : 'this is not HTTP/1.1'
  const body = JSON.stringify({ type: 'urn:sallyport:problem:invalid', title, status, code: 'invalid', detail, request_id: '' })
  const reason = status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'
  return `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}

/** RFC 6750: no error where no credential was sent. */
function challenge(code: ErrorCode): string {
  return code === 'token_missing'
    ? 'Bearer realm="sallyport"'
    : `Bearer realm="sallyport", error="invalid_token", error_description="${errorCatalogue[code].title}"`
}

export function asKnown(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error
  const problem = databaseProblem(error)
  if (problem !== undefined) return asSallyportError(problem)
  const failure = error as FastifyFailure
  if (failure.validation !== undefined) return invalid(fieldErrors(failure))
  switch (failure.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new SallyportError('too_large', 'the body is larger than this server takes')
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return invalid([{ path: '', message: 'must be a JSON document' }], 'the body is not JSON')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return invalid([{ path: '', message: 'must be sent as application/json' }], 'the media type of the body is not taken here')
    case undefined:
    default:
      // What the HTTP layer refuses by itself is the caller's doing; its message may repeat input.
      return failure.statusCode !== undefined && failure.statusCode < 500
        ? new SallyportError('invalid', 'the request could not be read')
        : new SallyportError('internal', 'something went wrong; the log knows this request id')
  }
}

function fieldErrors({ validation = [], validationContext = 'body' }: FastifyFailure): readonly FieldError[] {
  const prefix = validationContext === 'body' ? '' : `(${validationContext})`
  return validation.map(({ instancePath = '', message = 'is not valid' }) => ({ path: `${prefix}${instancePath}`, message }))
}
