import { Metadata, status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'

/**
 * Why a call or stream of an agent ends, as a word that the other end can act upon; the gRPC status is for everyone else.
 * A caller must not decide anything by the text of `details`.
 */
export const refusalReasons = {
  /** Not to be retried: a person must look first. */
  quarantined: status.PERMISSION_DENIED,
  revoked: status.PERMISSION_DENIED,
  /** No client certificate, an expired one, or one that this call does not take. */
  certificate: status.UNAUTHENTICATED,
  certificate_expired: status.UNAUTHENTICATED,
  join_token: status.UNAUTHENTICATED,
  /** A newer link of the same instance took over. */
  fenced: status.ABORTED,
  invalid: status.INVALID_ARGUMENT,
  too_large: status.RESOURCE_EXHAUSTED,
  timeout: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE,
} as const

export type RefusalReason = keyof typeof refusalReasons

const key = 'sallyport-reason'

/** What a server ends a call with. */
export function refuse(reason: RefusalReason, details: string): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  const metadata = new Metadata()
  metadata.set(key, reason)
  return { code: refusalReasons[reason], details, metadata }
}

/** The reason in what a call ended with; `undefined` when the other end gave none, as for a lost connection. */
export function refusalOf(error: { readonly metadata?: Metadata }): RefusalReason | undefined {
  const [reason] = error.metadata?.get(key) ?? []
  return typeof reason === 'string' && Object.hasOwn(refusalReasons, reason) ? (reason as RefusalReason) : undefined
}
