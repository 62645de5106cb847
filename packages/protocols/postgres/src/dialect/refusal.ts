import type { CloseReason, ErrorCode, Filed, Hold, Refusal } from '@sallyport/core'
import { spellNeeds } from '@sallyport/policy'
import { errorResponse, frontend, noticeResponse } from '../codec/index.js'
import type { Trouble } from './trouble.js'

/**
 * How a no reaches the client: never by an answer of our own making in the middle of the target's, but by a statement
 * that the target cannot parse and whose error is rewritten. So target and client always agree whether a transaction
 * failed. A caller must put nothing of the client's into a poison.
 */
export function poison(kind: 'query' | 'parse', id: number): Uint8Array {
  // A lone operator is a syntax error in every version, also in a failed transaction; the marker shows in the target's log.
  const sql = `/* sallyport:denied id=${id} */ ?`
  // Under a name of its own: failing to parse the unnamed statement would do away with the client's.
  return kind === 'query' ? frontend.query(sql) : frontend.parse('sallyport denied', sql)
}

/** SQLSTATE by our own code; what is not here is a matter of policy. */
const states: Readonly<Partial<Record<ErrorCode, string>>> = {
  withdrawn: '57014',
  unparsable: '42601',
  protocol_violation: '08P01',
  too_large: '54000',
  too_many: '53300',
  record_failed: '58030',
  stale: '57P03',
  unavailable: '57P03',
  internal: 'XX000',
}

const insufficientPrivilege = '42501'

export function refusalResponse(refusal: Refusal): Uint8Array {
  const { code, message, advice, approval } = refusal
  const where = approval && `approval ${approval.id}: ${approval.url}`
  return errorResponse({
    severity: 'ERROR',
    code: states[code as ErrorCode] ?? insufficientPrivilege,
    message,
    ...(where !== undefined && { detail: where }),
    hint: [advice, where].filter(Boolean).join('; '),
  })
}

/** What we refuse ourselves; the verdict adds what it knows beyond it. */
export function troubleResponse(trouble: Pick<Trouble, 'code' | 'message' | 'hint'>, advice = ''): Uint8Array {
  const { code, message, hint = advice } = trouble
  return errorResponse({ severity: 'ERROR', code, message, hint })
}

/** The client waits: for whom, until when at most is the policy's matter, and where they decide. */
export function heldNotice(hold: Hold, { id, url }: Filed): Uint8Array {
  const rule = hold.rules[0]
  const who = spellNeeds(hold.approvers)
  return noticeResponse({
    severity: 'NOTICE',
    code: '00000',
    message: `held by policy ${rule?.policy}, rule ${rule?.rule}: waiting for approval ${id} by ${who}`,
    detail: [hold.message, `approval ${id}: ${url}`].filter(Boolean).join('; '),
    hint: 'cancel the statement to withdraw it',
  })
}

/** SQLSTATE of a session's end; a client that left is told nothing. */
const endings: Readonly<Record<CloseReason['code'], string | undefined>> = {
  client_closed: undefined,
  target_closed: '08006',
  target_unreachable: '08006',
  revoked: '57P01',
  locked: '57P01',
  terminated: '57P01',
  expired: '57P01',
  stale: '57P01',
  drained: '57P01',
  protocol_violation: '08P01',
  too_large: '54000',
  idle: '57P05',
  record_failed: '58030',
  internal: 'XX000',
  unknown: 'XX000',
}

export function endingResponse({ code, message }: CloseReason): Uint8Array | undefined {
  const state = endings[code]
  return state ? errorResponse({ severity: 'FATAL', code: state, message }) : undefined
}
