/**
 * A session as a person reads it: who, then each statement with what was asked, what was decided and because of which
 * rules, how it ended. Made from the events of the trail alone, so that it says nothing the trail does not.
 */
import { type Fields, fieldsOf, listOf } from './fields.js'
import { cell, printable } from './output.js'

export function sessionText(session: Fields, events: readonly Fields[]): string {
  const opened = events.find((event) => event['type'] === 'session.opened')
  const ended = events.find((event) => event['type'] === 'session.ended')
  const endings = new Map(events.filter((event) => event['type'] === 'statement.ended').map((event) => [event['statement'], event]))
  const statements = events.filter((event) => event['type'] === 'statement.decided')
  return [
    header(session, { opened, ended }),
    ...statements.map((event, i) => statementText(i + 1, event, endings.get(event['statement']))),
    endText(session, ended),
  ].join('\n\n')
}

interface Frame {
  readonly opened: Fields | undefined
  readonly ended: Fields | undefined
}

function header(session: Fields, { opened, ended }: Frame): string {
  const identity = fieldsOf(opened?.['identity'])
  const who = fieldsOf(identity['principal'] ?? session['principal'])
  const token = fieldsOf(identity['token'])
  const facts = fieldsOf(opened?.['facts'])
  const client = fieldsOf(facts['client'])
  const resource = fieldsOf(opened?.['resource'])
  const chain = Array.isArray(identity['chain']) ? identity['chain'].map(fieldsOf) : []
  return lines([
    ['session', session['id']],
    ['who', `${cell(who['provider'])}/${cell(who['subject'])} (${cell(who['kind'])})`],
    ['groups', list(who['groups'])],
    ['on behalf of', chain.map((link) => `${cell(link['provider'])}/${cell(link['subject'])}`).join(' > ') || undefined],
    ['token', token['id'] ?? session['token_id']],
    ['resource', `${cell(resource['name'] ?? session['resource'])} (${cell(resource['protocol'] ?? session['protocol'])})`],
    ['database', facts['database'] === undefined ? undefined : `${cell(facts['database'])} as ${cell(facts['role'])}`],
    ['client', [client['address'], client['application']].filter(Boolean).map(cell).join(', ')],
    ['admitted by', rules(opened?.['rules'])],
    ['from', time(opened?.['at'] ?? session['opened_at'])],
    ['to', ended === undefined && session['ended_at'] === undefined ? 'still open' : time(ended?.['at'] ?? session['ended_at'])],
  ])
}

function statementText(number: number, event: Fields, ended: Fields | undefined): string {
  const actions = listOf(event['actions'])
  const texts = listOf(event['texts'])
  const touches = actions.flatMap((action) => listOf(action['touches']))
  const relations = touches
    .filter((touch) => touch['kind'] === 'relation')
    .map((touch) => `${cell(touch['name'])} (${cell(touch['access'])})`)
  const shadow = listOf(event['shadow']).map((entry) => `${cell(entry['action'])} by ${rules([entry['rule']])}`)
  return [
    `${number}. ${time(event['at'])}  ${cell(event['decision'])}${outcomeText(ended, event['decision'])}`,
    ...texts.map((text) => indent(statementOf(text))),
    lines(
      [
        ['parameters', listOf(event['params']).map(parameter).join(', ') || undefined],
        ['verb', actions.map((action) => cell(action['verb'])).join(', ')],
        ['effects', unique(actions.flatMap((action) => asTexts(action['effects']))).join(', ')],
        ['relations', unique(relations).join(', ') || undefined],
        ['functions', unique(actions.flatMap((action) => asTexts(action['functions']))).join(', ') || undefined],
        [
          'uncertain',
          actions
            .map((action) => (action['certainty'] === 'unknown' ? (action['reason'] ?? 'not understood whole') : undefined))
            .find(Boolean),
        ],
        ['rules', rules(event['rules'])],
        ['shadow', shadow.join('; ') || undefined],
        ['told', event['message'] === undefined ? undefined : `${cell(event['message'])} (${cell(event['code'])})`],
      ],
      '   ',
    ),
  ].join('\n')
}

export function statementOf({ text, truncated }: Fields): string {
  return `${printable(String(text))}${truncated === undefined ? '' : ` … (${cell(truncated)} bytes in all)`}`
}

function outcomeText(ended: Fields | undefined, decision: unknown): string {
  if (ended === undefined) return decision === 'allow' ? '  still running, or its end is not known yet' : ''
  const outcome = fieldsOf(ended['outcome'])
  const parts = [
    cell(outcome['status']),
    outcome['code'] === undefined ? undefined : cell(outcome['code']),
    outcome['rows'] === undefined ? undefined : `${cell(outcome['rows'])} rows`,
    outcome['bytes'] === undefined ? undefined : `${cell(outcome['bytes'])} bytes`,
    outcome['alert'] === undefined ? undefined : `alert: ${cell(outcome['alert'])}`,
    `${cell(ended['duration'])} ms`,
  ]
  return `  ${parts.filter((part) => part !== undefined).join(', ')}`
}

function endText(session: Fields, ended: Fields | undefined): string {
  if (ended === undefined) return `state: ${cell(session['state'])}`
  const reason = fieldsOf(ended['reason'])
  return `ended: ${cell(reason['code'])}: ${cell(reason['message'])}; ${cell(ended['units'])} units`
}

export function parameter(param: Fields, i: number): string {
  const value = param['value'] === null ? 'NULL' : `'${cell(param['value'])}'`
  return `$${i + 1} = ${value}${param['type'] === undefined ? '' : `::${cell(param['type'])}`}`
}

export function rules(refs: unknown): string {
  return (
    listOf(refs)
      .map((ref) => `${cell(ref['policy'])}/${cell(ref['rule'])}`)
      .join(', ') || '-'
  )
}

/** Milliseconds since the epoch, or a time as REST writes it. */
export function time(value: unknown): string {
  if (typeof value !== 'number' && typeof value !== 'string') return '-'
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? cell(value) : date.toISOString()
}

export function lines(entries: readonly (readonly [string, unknown])[], margin = ''): string {
  const shown = entries.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${margin}${name.padEnd(width)}  ${cell(value)}`).join('\n')
}

export function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `   | ${line}`)
    .join('\n')
}

function list(value: unknown): string {
  return asTexts(value).map(cell).join(', ') || '-'
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as unknown[]).map(String) : []
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
