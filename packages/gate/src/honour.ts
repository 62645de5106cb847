import type { Decision, Deny, Obligation } from '@sallyport/core'

/**
 * What a protocol does with each obligation. `refused`: what would owe it does not run. `unkept`: it runs without, and
 * whoever saves a policy that asks for it is told so; only for what shows and changes nothing more by being left out.
 * `columns`: masks of columns and by content are honoured, one by a JSON path is refused.
 */
export type Honoured = Readonly<
  {
    [Kind in Obligation['kind']]: 'honoured' | 'refused' | (Kind extends keyof Partly ? Partly[Kind] : never)
  } & {
    /** Whether the client can be kept waiting for people, and what they release goes on as it was judged; absent: what is held is refused. */
    readonly hold?: 'honoured' | 'refused'
  }
>

interface Partly {
  readonly mask: 'columns'
  readonly record: 'unkept'
}

/**
 * A decision is worth only what the protocol can carry out: a mask or a bound it cannot honour, or a hold that nobody can
 * answer, becomes a refusal that says so. Nothing is ever let through that would show or change more than was decided.
 */
export function honour(decision: Decision, can: Honoured): Decision {
  if (decision.kind === 'deny') return decision
  if (decision.kind === 'allow' || can.hold === 'honoured') {
    const unmet = decision.obligations.find((o) => can[o.kind] === 'refused' || (can.mask === 'columns' && goesByPath(o)))
    return unmet ? refusal(decision, 'not_allowed', because(unmet), 'ask for what needs no masking, or ask who owns the policy') : decision
  }
  const rule = decision.rules[0]
  const who = decision.approvers.flatMap((need) => [...need.groups, ...need.principals]).join(', ')
  const message = `policy ${rule?.policy}, rule ${rule?.rule}: this needs approval${who ? ` by ${who}` : ''}: not in this build`
  return refusal(decision, 'needs_approval', message, who ? `ask ${who} to run it` : '')
}

function goesByPath(owed: Obligation): boolean {
  return owed.kind === 'mask' && owed.columns.some((column) => column.startsWith('$'))
}

function because(unmet: Obligation): string {
  return `policy ${unmet.because.policy}, rule ${unmet.because.rule}: ${demand(unmet)}: not in this build`
}

function demand(unmet: Obligation): string {
  switch (unmet.kind) {
    case 'mask':
      return `${[...unmet.columns, ...(unmet.detect ?? [])].join(', ')} may only be shown masked`
    case 'record':
      return 'its results must be recorded'
    case 'max_rows':
      return `it may change or return at most ${unmet.rows} rows`
    default:
      return unmet satisfies never
  }
}

function refusal(decision: Exclude<Decision, Deny>, code: string, message: string, advice: string): Deny {
  return { kind: 'deny', code, message, advice, rules: decision.rules, shadow: decision.shadow }
}
