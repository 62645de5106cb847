import type { Outcome, RecordedParam, RecordedText, StatementDecided, StatementEnded } from '@sallyport/core'
import { list, nullable, number, requirePlain, text } from './canonical.js'
import type { Encoder } from './canonical.js'

/**
 * The two events that a statement makes, spelled out: the same bytes as their tables, which a test compares, for a third
 * of the cost. Nearly every record of a trail is one of them. A field that is added to a table is added here.
 */

type Decided = StatementDecided

/** What is said again and again is for the caller to remember. */
export interface DecidedParts {
  readonly decision: Encoder<Decided['decision']>
  readonly rules: Encoder<Decided['rules']>
  readonly shadow: Encoder<Decided['shadow']>
  readonly actions: Encoder<Decided['actions']>
  readonly context: Encoder<Decided['context']>
  readonly omitted: Encoder<NonNullable<Decided['omitted']>>
  readonly asked: Encoder<Asked>
}

export function decidedEncoder({ decision, rules, shadow, actions, asked, context, omitted }: DecidedParts): Encoder<Decided> {
  return (event) => {
    requirePlain(event)
    let out = `{"type":"statement.decided","id":${text(event.id)},"at":${number(event.at)},"session":${text(event.session)}`
    out += `,"statement":${text(event.statement)},"decision":${decision(event.decision)},"rules":${rules(event.rules)}`
    out += `,"shadow":${shadow(event.shadow)}`
    if (event.code !== undefined) out += `,"code":${text(event.code)}`
    if (event.message !== undefined) out += `,"message":${text(event.message)}`
    out += `,"actions":${actions(event.actions)},${asked(event)}`
    out += `,"context":${context(event.context)},"policyVersion":${text(event.policyVersion)}`
    return event.omitted === undefined ? `${out}}` : `${out},"omitted":${omitted(event.omitted)}}`
  }
}

/** What the caller asked, in its own words: the members alone, without braces. */
export type Asked = Pick<Decided, 'texts' | 'params'>

export function askedEncoder(format: Encoder<RecordedParam['format']>): Encoder<Asked> {
  const texts = list(executed)
  const params = list(paramEncoder(format))
  return (asked) => `"texts":${texts(asked.texts)},"params":${params(asked.params)}`
}

export function endedEncoder(outcome: Encoder<Outcome>): Encoder<StatementEnded> {
  return (event) => {
    requirePlain(event)
    const begun = `{"type":"statement.ended","id":${text(event.id)},"at":${number(event.at)},"session":${text(event.session)}`
    return `${begun},"statement":${text(event.statement)},"outcome":${outcome(event.outcome)},"duration":${number(event.duration)}}`
  }
}

const executed: Encoder<RecordedText> = (value) => {
  requirePlain(value)
  return `{"text":${text(value.text)}${cut(value)}}`
}

function paramEncoder(format: Encoder<RecordedParam['format']>): Encoder<RecordedParam> {
  const content = nullable(text)
  return (param) => {
    requirePlain(param)
    const type = param.type === undefined ? '' : `"type":${text(param.type)},`
    return `{${type}"format":${format(param.format)},"value":${content(param.value)}${cut(param)}}`
  }
}

/** What names the whole of something that was cut. */
function cut({ truncated, sha256 }: Pick<RecordedText, 'truncated' | 'sha256'>): string {
  const size = truncated === undefined ? '' : `,"truncated":${number(truncated)}`
  return sha256 === undefined ? size : `${size},"sha256":${text(sha256)}`
}

export function outcomeEncoder(status: Encoder<Outcome['status']>): Encoder<Outcome> {
  return (value) => {
    requirePlain(value)
    let out = `{"status":${status(value.status)}`
    if (value.rows !== undefined) out += `,"rows":${number(value.rows)}`
    if (value.bytes !== undefined) out += `,"bytes":${number(value.bytes)}`
    if (value.code !== undefined) out += `,"code":${text(value.code)}`
    return value.alert === undefined ? `${out}}` : `${out},"alert":${text(value.alert)}}`
  }
}
