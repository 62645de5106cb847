import type {
  Action,
  AuditEvent,
  CloseReason,
  Identity,
  OmittedPart,
  Outcome,
  Principal,
  RecordedParam,
  RecordedText,
  ResourceFacts,
  RuleRef,
  SessionFacts,
  StatementDecided,
  TokenFacts,
  Touch,
} from '@sallyport/core'
import { EncodingError, boolean, json, list, map, nullable, number, object, oneOf, optional, remembered, text } from './canonical.js'
import type { Encoder } from './canonical.js'
import { askedEncoder, decidedEncoder, endedEncoder, outcomeEncoder } from './statements.js'
import type { Asked } from './statements.js'

/**
 * The tables of the trail: for every event of core the fields it has, in the order in which they are hashed. Order and
 * names are part of format 1 and never change; a field that is added later is optional and stands last in its table.
 */

const principal = object<Principal>({
  provider: text,
  subject: text,
  name: text,
  kind: oneOf({ human: true, service: true, agent: true }),
  groups: list(text),
  person: optional(text),
  owner: optional(text),
  primary: boolean,
})

const token = object<TokenFacts>({ id: text, issuer: text, audience: list(text), issuedAt: number, expiresAt: number })

const identity = object<Identity>({ principal, chain: list(principal), token, claims: map(json) })

const resource = object<ResourceFacts>({ id: text, name: text, protocol: text, labels: map(text) })

const sessionFacts = object<SessionFacts>({
  id: text,
  protocol: text,
  client: object<SessionFacts['client']>({ address: text, application: optional(text) }),
  database: optional(text),
  role: optional(text),
})

const rule = object<RuleRef>({ policy: text, rule: text })

const closeReason = object<CloseReason>({
  code: oneOf({
    client_closed: true,
    target_closed: true,
    target_unreachable: true,
    revoked: true,
    locked: true,
    terminated: true,
    expired: true,
    stale: true,
    drained: true,
    protocol_violation: true,
    too_large: true,
    idle: true,
    record_failed: true,
    internal: true,
    unknown: true,
  }),
  message: text,
})

const status = oneOf<Outcome['status']>({ ok: true, failed: true, cancelled: true, unknown: true })

const outcome = object<Outcome>({
  status,
  rows: optional(number),
  bytes: optional(number),
  code: optional(text),
  alert: optional(text),
})

const touch = object<Touch>({
  kind: text,
  name: text,
  access: oneOf({ read: true, write: true }),
  use: optional(oneOf({ output: true, predicate: true, key: true, derived: true, copy: true, sink: true })),
  labels: optional(list(text)),
  test: optional(oneOf({ equality: true })),
})

const action = object<Action>({
  verb: text,
  effects: list(text),
  touches: list(touch),
  functions: optional(list(text)),
  facts: map(json),
  certainty: oneOf({ exact: true, unknown: true }),
  reason: optional(text),
})

const format = oneOf<RecordedParam['format']>({ text: true, binary: true })

const param = object<RecordedParam>({
  type: optional(text),
  format,
  value: nullable(text),
  truncated: optional(number),
  sha256: optional(text),
})

const omitted = object<OmittedPart>({ texts: number, params: number, sha256: text })

const executed = object<RecordedText>({ text, truncated: optional(number), sha256: optional(text) })

const shadow = object<StatementDecided['shadow'][number]>({ rule, action: text })

const decision = oneOf<StatementDecided['decision']>({ allow: true, hold: true, deny: true })

const detail: Encoder<string | number | boolean> = (value) => {
  if (typeof value === 'string') return text(value)
  return typeof value === 'boolean' ? boolean(value) : number(value)
}

type EventOf<T extends AuditEvent['type']> = Extract<AuditEvent, { readonly type: T }>
type Tables = { readonly [T in AuditEvent['type']]: Encoder<EventOf<T>> }

const tables: Tables = {
  'login.refused': object<EventOf<'login.refused'>>({
    type: oneOf({ 'login.refused': true }),
    id: text,
    at: number,
    session: optional(text),
    protocol: text,
    address: text,
    code: text,
    message: text,
  }),
  'session.opened': object<EventOf<'session.opened'>>({
    type: oneOf({ 'session.opened': true }),
    id: text,
    at: number,
    session: text,
    identity,
    resource,
    facts: sessionFacts,
    rules: list(rule),
  }),
  'session.refused': object<EventOf<'session.refused'>>({
    type: oneOf({ 'session.refused': true }),
    id: text,
    at: number,
    session: optional(text),
    identity,
    resource: text,
    protocol: text,
    address: text,
    code: text,
    message: text,
    rules: list(rule),
  }),
  'session.ended': object<EventOf<'session.ended'>>({
    type: oneOf({ 'session.ended': true }),
    id: text,
    at: number,
    session: text,
    reason: closeReason,
    units: number,
  }),
  'statement.decided': object<EventOf<'statement.decided'>>({
    type: oneOf({ 'statement.decided': true }),
    id: text,
    at: number,
    session: text,
    statement: text,
    decision,
    rules: list(rule),
    shadow: list(shadow),
    code: optional(text),
    message: optional(text),
    actions: list(action),
    texts: list(executed),
    params: list(param),
    context: map(text),
    policyVersion: text,
    omitted: optional(omitted),
  }),
  'statement.held': object<EventOf<'statement.held'>>({
    type: oneOf({ 'statement.held': true }),
    id: text,
    at: number,
    session: text,
    statement: text,
    approval: text,
    digest: text,
    waiting: boolean,
  }),
  'statement.released': object<EventOf<'statement.released'>>({
    type: oneOf({ 'statement.released': true }),
    id: text,
    at: number,
    session: text,
    statement: text,
    decision: oneOf({ allow: true, deny: true }),
    rules: list(rule),
    approval: optional(text),
    grant: optional(text),
    code: optional(text),
    message: optional(text),
    policyVersion: text,
  }),
  'statement.ended': object<EventOf<'statement.ended'>>({
    type: oneOf({ 'statement.ended': true }),
    id: text,
    at: number,
    session: text,
    statement: text,
    outcome,
    duration: number,
  }),
  'agent.noted': object<EventOf<'agent.noted'>>({
    type: oneOf({ 'agent.noted': true }),
    id: text,
    at: number,
    session: optional(text),
    what: text,
    detail: map(detail),
  }),
}

/** The canonical JSON of one event. Throws `EncodingError` for a type or a value that format 1 does not know. */
export const encodeEvent: Encoder<AuditEvent> = (event) => {
  if (!Object.hasOwn(tables, event.type)) throw new EncodingError('an event type that this build does not know')
  const encode = tables[event.type] as Encoder<AuditEvent>
  return encode(event)
}

/** Parts of events by themselves, without what stands around them. `asked` is the members of a decided event and no object. */
export const encodeOutcome: Encoder<Outcome> = outcomeEncoder(status)
export const encodeAsked: Encoder<Asked> = askedEncoder(format)

/** The same for who tells of the same rules and actions in the same context over and over: they are never changed. */
export function createEventEncoder(): Encoder<AuditEvent> {
  const rules = remembered(list(rule))
  const actions = list(remembered(action))
  const context = remembered(map(text))
  const decided = decidedEncoder({ decision, rules, shadow: list(shadow), actions, asked: encodeAsked, context, omitted })
  const ended = endedEncoder(encodeOutcome)
  return (event) => {
    if (event.type === 'statement.decided') return decided(event)
    return event.type === 'statement.ended' ? ended(event) : encodeEvent(event)
  }
}
