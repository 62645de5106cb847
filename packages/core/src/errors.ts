/**
 * One catalogue of everything that can be refused: a stable code, whose fault it is, the HTTP status it maps to, and
 * the title that anyone may read. Details go beside it and must hold no secret and nothing the caller may not know.
 */
export interface ErrorKind {
  readonly fault: 'caller' | 'policy' | 'target' | 'gateway'
  readonly status: number
  readonly title: string
}

export const errorCatalogue = {
  token_missing: { fault: 'caller', status: 401, title: 'No credential was presented' },
  token_malformed: { fault: 'caller', status: 401, title: 'The credential is not a JSON Web Token' },
  token_too_large: { fault: 'caller', status: 401, title: 'The credential is too large' },
  token_algorithm: { fault: 'caller', status: 401, title: 'The token uses an algorithm that is not allowed' },
  token_signature: { fault: 'caller', status: 401, title: 'The signature of the token does not verify' },
  token_key_unknown: { fault: 'caller', status: 401, title: 'The token names a key its provider does not publish' },
  token_issuer: { fault: 'caller', status: 401, title: 'No trust provider is registered for the issuer of the token' },
  token_audience: { fault: 'caller', status: 401, title: 'The token is not meant for this door' },
  token_expired: { fault: 'caller', status: 401, title: 'The token has expired' },
  token_not_yet_valid: { fault: 'caller', status: 401, title: 'The token is not valid yet' },
  token_claims: { fault: 'caller', status: 401, title: 'The token lacks a claim its trust provider requires' },
  principal_mismatch: { fault: 'caller', status: 401, title: 'The user named is not the principal of the token' },
  locked: { fault: 'policy', status: 403, title: 'A lock is in force' },
  forbidden: { fault: 'policy', status: 403, title: 'Your role does not permit this' },
  resource_unknown: { fault: 'caller', status: 404, title: 'No such resource, or none that you may reach' },
  not_found: { fault: 'caller', status: 404, title: 'Not found' },
  denied: { fault: 'policy', status: 403, title: 'A policy denies this' },
  not_allowed: { fault: 'policy', status: 403, title: 'No policy allows this' },
  floor: { fault: 'policy', status: 403, title: 'No policy can allow this' },
  withdrawn: { fault: 'caller', status: 409, title: 'It was withdrawn before it was decided' },
  needs_approval: { fault: 'policy', status: 403, title: 'This needs approval' },
  unparsable: { fault: 'caller', status: 400, title: 'The statement could not be parsed' },
  protocol_violation: { fault: 'caller', status: 400, title: 'The client violated the protocol' },
  too_large: { fault: 'caller', status: 413, title: 'Too large' },
  too_many: { fault: 'caller', status: 429, title: 'Too many at once' },
  invalid: { fault: 'caller', status: 400, title: 'The request is not valid' },
  unprocessable: { fault: 'caller', status: 422, title: 'The request cannot be carried out as it stands' },
  conflict: { fault: 'caller', status: 409, title: 'It conflicts with the present state' },
  precondition_failed: { fault: 'caller', status: 412, title: 'It was changed in the meantime' },
  stale: { fault: 'gateway', status: 503, title: 'The agent has been without its control plane for too long' },
  record_failed: { fault: 'gateway', status: 503, title: 'The trail cannot be written, so nothing may run' },
  target_unreachable: { fault: 'target', status: 502, title: 'The target does not answer' },
  target_rejected: { fault: 'target', status: 502, title: 'The target refused the gateway' },
  unavailable: { fault: 'gateway', status: 503, title: 'Not available right now' },
  internal: { fault: 'gateway', status: 500, title: 'An error inside Sallyport' },
} as const satisfies Readonly<Record<string, ErrorKind>>

export type ErrorCode = keyof typeof errorCatalogue

/** The one error class that crosses room borders. Its message may be shown to the caller. */
export class SallyportError extends Error {
  override readonly name = 'SallyportError'
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Named wrong fields for REST (`/target/host`), or further public facts. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
  }
  get kind(): ErrorKind {
    return errorCatalogue[this.code]
  }
}
