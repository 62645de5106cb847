import type { ErrorCode } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Report } from './codec/index.js'

/**
 * Why a login ends, in the client's own terms: always FATAL, with the SQLSTATE that drivers know. Nothing of a token and
 * nothing about resources out of reach may be in it.
 */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused'
  constructor(
    /** SQLSTATE. */
    readonly code: string,
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}

export function protocolViolation(message: string): LoginRefused {
  return new LoginRefused('08P01', message)
}

const states: Readonly<Record<ErrorCode, string>> = {
  token_missing: '28P01',
  token_malformed: '28P01',
  token_too_large: '28P01',
  token_algorithm: '28P01',
  token_signature: '28P01',
  token_key_unknown: '28P01',
  token_issuer: '28P01',
  token_audience: '28P01',
  token_expired: '28P01',
  token_not_yet_valid: '28P01',
  token_claims: '28P01',
  principal_mismatch: '28000',
  locked: '28000',
  forbidden: '28000',
  resource_unknown: '3D000',
  not_found: '3D000',
  denied: '28000',
  not_allowed: '28000',
  floor: '28000',
  withdrawn: '57014',
  needs_approval: '28000',
  unparsable: '42601',
  protocol_violation: '08P01',
  too_large: '54000',
  too_many: '53300',
  invalid: '22023',
  unprocessable: '22023',
  conflict: '55000',
  precondition_failed: '55000',
  stale: '57P03',
  record_failed: '57P03',
  target_unreachable: '08006',
  target_rejected: '08004',
  unavailable: '57P03',
  internal: 'XX000',
}

const howToLogIn = 'The password is a token of a trust provider: PGPASSWORD=$(sallyport token) psql ...'

/** What the target says of itself that helps the client to do better: a bad or unknown setting, no room, not up yet. */
const passedOn: ReadonlySet<unknown> = new Set(['22023', '42704', '53300', '57P03'])

/** What a client is told when its login failed with `error`; an error of no catalogue tells nothing. */
export function fatal(error: unknown): Report {
  if (error instanceof LoginRefused) return report(error.code, error.message, error.hint)
  if (!(error instanceof SallyportError)) return report(states.internal, 'an error inside the gateway ended this login')
  const { sqlstate } = error.details
  if (error.code === 'target_rejected' && passedOn.has(sqlstate)) return report(sqlstate as string, error.message)
  return report(states[error.code], error.message, states[error.code] === '28P01' ? howToLogIn : undefined)
}

function report(code: string, message: string, hint?: string): Report {
  return { severity: 'FATAL', code, message, ...(hint !== undefined && { hint }) }
}
