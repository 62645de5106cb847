import type {
  Action,
  ApproverNeed,
  Hold,
  HoldRequest,
  Identity,
  Principal,
  RecordedParam,
  RecordedText,
  ResourceFacts,
  RuleRef,
  SessionFacts,
  TokenFacts,
  Touch,
  Unapproved,
} from '@sallyport/core'
import { CallError } from './calls.js'
import { CanonicalError, canonicalBytes, parseCanonical } from './canonical.js'
import type { HoldEnded } from './gen/sallyport/agent/v1/control.js'
import { limits } from './limits.js'
import { boolean, document, EntityError, list, map, number, object, oneOf, optional, text } from './strict.js'
import type { Read } from './strict.js'

/**
 * What is put before people, as it travels and as it is kept: canonical JSON, every field named. Claims of the token stay
 * at the agent: nobody decides by them.
 */
export interface FiledHold extends Omit<HoldRequest, 'identity'> {
  readonly identity: Omit<Identity, 'claims'>
}

/** Throws `CallError` for what is too large, or no JSON. */
export function encodeHold({ identity, ...request }: HoldRequest): Buffer {
  const { principal, chain, token } = identity
  let bytes: Buffer
  try {
    bytes = canonicalBytes({ ...request, identity: { principal, chain, token } })
  } catch (error) {
    if (error instanceof CanonicalError) throw new CallError('unprocessable', 'what is held cannot be put into words')
    throw error
  }
  if (bytes.length > limits.hold) throw new CallError('too_large', 'what is held is too large to be put before people')
  return bytes
}

/** Throws `CallError` for what no agent of ours says. */
export function readHold(bytes: Uint8Array): FiledHold {
  if (bytes.length > limits.hold) throw new CallError('too_large', 'what is held is too large to be put before people')
  try {
    return filed(parseCanonical(bytes), '')
  } catch (error) {
    if (error instanceof EntityError || error instanceof CanonicalError) throw new CallError('invalid', error.message)
    throw error
  }
}

/** Throws `CallError` for an end that this build does not know. */
export function readEnded({ approvalId, state, message }: HoldEnded): Unapproved {
  if (state !== 'denied' && state !== 'expired' && state !== 'withdrawn')
    throw new CallError('unsupported', 'a hold ended in a way that this build does not know')
  return { approval: approvalId, state, message: message.slice(0, limits.text) }
}

const rule = object<RuleRef>({ policy: text, rule: text })

const principal = object<Principal>({
  provider: text,
  subject: text,
  name: text,
  kind: oneOf('human', 'service', 'agent'),
  groups: list(text),
  person: optional(text),
  owner: optional(text),
  primary: boolean,
})

const identity = object<FiledHold['identity']>({
  principal,
  chain: list(principal),
  token: object<TokenFacts>({ id: text, issuer: text, audience: list(text), issuedAt: number, expiresAt: number }),
})

const inTransaction: Read<Hold['inTransaction']> = (value, path) =>
  typeof value === 'string' ? oneOf('retry', 'refuse')(value, path) : object<{ readonly wait: number }>({ wait: number })(value, path)

const digest: Read<string> = (value, path) => {
  const hex = text(value, path)
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new EntityError(path, 'expected a SHA-256 in hex')
  return hex
}

const count: Read<number> = (value, path) => {
  const whole = number(value, path)
  if (!Number.isSafeInteger(whole) || whole < 1) throw new EntityError(path, 'expected a whole number from 1 on')
  return whole
}

const need = object<ApproverNeed>({ groups: list(text), principals: list(text), count })

const needs: Read<readonly ApproverNeed[]> = (value, path) => {
  const read = list(need)(value, path)
  // Nothing would be needed, and the first yes, or none, would do.
  if (read.length === 0) throw new EntityError(path, 'somebody has to approve')
  return read
}

const hold = object<Hold>({
  kind: oneOf('hold'),
  rules: list(rule),
  shadow: list(object<Hold['shadow'][number]>({ rule, action: oneOf('allow', 'hold', 'deny') })),
  // Shown, and judged anew by the agent before anything runs.
  obligations: list(document) as unknown as Read<Hold['obligations']>,
  approvers: needs,
  policies: digest,
  wait: number,
  ttl: count,
  mode: oneOf('wait', 'retry'),
  inTransaction,
  reasonRequired: boolean,
  maxRows: optional(number),
  message: optional(text),
})

const touch = object<Touch>({
  kind: text,
  name: text,
  access: oneOf('read', 'write'),
  use: optional(oneOf('output', 'predicate', 'key', 'derived', 'copy', 'sink')),
  labels: optional(list(text)),
  test: optional(oneOf('equality')),
})

const action = object<Action>({
  verb: text,
  effects: list(text),
  touches: list(touch),
  functions: optional(list(text)),
  facts: document,
  certainty: oneOf('exact', 'unknown'),
  reason: optional(text),
})

const nullableText: Read<string | null> = (value, path) => (value === null ? null : text(value, path))

const filed = object<FiledHold>({
  digest,
  hold,
  statement: text,
  session: object<SessionFacts>({
    id: text,
    protocol: text,
    client: object<SessionFacts['client']>({ address: text, application: optional(text) }),
    database: optional(text),
    role: optional(text),
  }),
  identity,
  resource: object<ResourceFacts>({ id: text, name: text, protocol: text, labels: map(text) }),
  actions: list(action),
  texts: list(object<RecordedText>({ text, truncated: optional(number), sha256: optional(text) })),
  params: list(
    object<RecordedParam>({
      type: optional(text),
      format: oneOf('text', 'binary'),
      value: nullableText,
      truncated: optional(number),
      sha256: optional(text),
    }),
  ),
  context: map(text),
  waiting: boolean,
})
