/** A request as a person reads it who decides on it: who, where, what exactly, why it is held, and who has said what. */
import type { components } from '@sallyport/client'
import { cell } from './output.js'
import { indent, lines, parameter, rules, statementOf } from './session-text.js'

export type Approval = components['schemas']['Approval']

export function approvalText(approval: Approval): string {
  return [head(approval), ...approval.texts.map((text) => indent(statementOf(text))), foot(approval)].join('\n\n')
}

export function who({ provider, subject, kind }: Pick<Approval['principal'], 'provider' | 'subject' | 'kind'>): string {
  return `${provider}/${subject} (${kind})`
}

/** `2 of dba and 1 of security`. */
export function needsText(needs: Approval['needs']): string {
  return needs.map(({ groups, principals, count }) => `${count} of ${[...groups, ...principals].join(' or ')}`).join(' and ')
}

function head({ principal, chain, resource, session, ...approval }: Approval): string {
  return fields([
    ['approval', approval.id],
    ['state', approval.end === null ? approval.state : `${approval.state}: ${approval.end}`],
    ['who', who(principal)],
    ['groups', principal.groups.join(', ')],
    ['owner', principal.owner],
    ['on behalf of', chain.map(who).join(' > ')],
    ['resource', `${resource.name} (${resource.protocol})`],
    ['database', session.database === null ? undefined : `${session.database} as ${session.role ?? '-'}`],
    ['client', [session.client.address, session.client.application].filter(Boolean).join(', ')],
    ['session', session.id],
    ['asked', `${approval.requested_at}${approval.waiting ? ', and waits' : ''}`],
    ['until', approval.expires_at],
    ['held by', rules(approval.rules)],
    ['because', approval.message ?? undefined],
    ['needs', needsText(approval.needs)],
    ['still needs', needsText(approval.still_needed)],
  ])
}

function foot({ actions, params, context, masked, decisions, grant, ...approval }: Approval): string {
  const touches = actions
    .flatMap((action) => action.touches)
    .map(({ name, access, use }) => `${name} (${[access, use].filter(Boolean).join(', ')})`)
  const hidden = masked.flatMap(({ columns, detect }) => [...columns, ...detect.map((name) => `any ${name}`)])
  const said = decisions.map(({ decision, by, reason, at }) => `${decision} by ${who(by)} at ${at}${reason === null ? '' : `: ${reason}`}`)
  return fields([
    ['parameters', params.map(parameter).join(', ')],
    ['effects', unique(actions.flatMap(({ effects }) => effects))],
    ['touches', unique(touches)],
    ['functions', unique(actions.flatMap(({ functions }) => functions ?? []))],
    [
      'uncertain',
      actions.map(({ certainty, reason }) => (certainty === 'unknown' ? (reason ?? 'not understood whole') : '')).find(Boolean),
    ],
    ['at most', approval.max_rows === null ? undefined : `${approval.max_rows} rows`],
    ['masked', unique(hidden)],
    ['settings', unique(Object.entries(context).map(([name, value]) => `${name}=${value}`))],
    ['decisions', said.join('; ')],
    ['grant', grant === null ? undefined : `${grant.id}, used ${grant.used} of ${grant.uses}, until ${grant.expires_at}`],
    ['digest', approval.digest],
    ['you', approval.why_not === null ? 'may decide' : cell(approval.why_not)],
  ])
}

/** What others wrote must not look like a field of its own. */
function fields(entries: readonly (readonly [string, string | undefined])[]): string {
  return lines(entries.map(([name, value]) => [name, value?.replaceAll('\n', '\\n')]))
}

function unique(texts: readonly string[]): string {
  return [...new Set(texts)].join(', ')
}
