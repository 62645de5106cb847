import { SallyportError, type Decision, type Identity } from '@sallyport/core'
import { decideConnect, explain, masksFor, masksInForce, type AccessRequest, type MaskInForce, type Policy } from '@sallyport/policy'
import { may, type Caller, type Labels } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import type { Database } from '../../db/index.js'
import { unprocessable } from '../../http/problem.js'
import type { Classified, Classify } from './classify.js'
import type { DecisionView, EvaluateBody, EvaluationView, OutputView } from './schema.js'
import type { PolicyCache } from './store.js'
import type { Warn } from './warnings.js'

export interface EvaluationParts {
  readonly classify: Classify
  readonly cache: Pick<PolicyCache, 'all'>
  readonly warn: Warn
}

export type Evaluate = (caller: Caller, body: EvaluateBody) => Promise<EvaluationView>

/** What would be decided and why: the same `decide` over the same documents as at the agent, with nobody at the door. */
export function createEvaluation({ db, now }: Pick<Context, 'db' | 'now'>, { classify, cache, warn }: EvaluationParts): Evaluate {
  return async (caller, { subject, resource: name, database, statement }) => {
    const row = await db.resource.findUnique({ where: { name } })
    if (row === null || !may(caller, 'policy.evaluate', row.labels as Labels)) {
      throw new SallyportError('resource_unknown', 'there is no such resource, or none that you may see')
    }
    const identity = await identityOf(db, subject, now())
    const { id, protocol } = row
    const facts = { id: 'ses_evaluation', protocol, client: { address: '127.0.0.1' } }
    const standing = { identity, resource: { id, name, protocol, labels: row.labels as Labels }, session: facts }
    const policies = await cache.all()
    const masks = masksFor(standing, policies)
    const judged = await judgeAt(classify, { row, statement, database, masks })
    const { actions, outputs, session, warnings, epoch } = judged
    const request: AccessRequest = { ...standing, session: { ...facts, ...session }, actions, now: now(), grants: [] }
    const explained = explain(request, policies)
    const unkept = await warn(decidingOf(explained.decision, policies))
    return {
      subject: subjectView(identity),
      resource: name,
      database: session.database ?? null,
      role: session.role ?? null,
      connect: toView(decideConnect(request, policies)),
      decision: toView(explained.decision),
      actions: actions.map((action) => ({ ...action })),
      masks: masksInForce(standing, policies).map(maskView),
      outputs: outputs.map((columns) => columns?.map(outputView) ?? null),
      model: { known: epoch !== undefined, epoch: epoch ?? null, note: epoch === undefined ? noModel : null },
      warnings: [...warnings, ...unkept.flat()],
      explanation: explained.judged as EvaluationView['explanation'],
    }
  }
}

/** The policies that made the decision what it is, or that want something for it. */
function decidingOf(decision: Decision, policies: readonly Policy[]): readonly Policy[] {
  const owed = decision.kind === 'deny' ? [] : decision.obligations.map(({ because }) => because)
  const names = new Set([...decision.rules, ...owed].map(({ policy }) => policy))
  return policies.filter(({ name }) => names.has(name))
}

interface Asked {
  readonly row: Parameters<Classify>[0]
  readonly statement: string
  readonly database: string | undefined
  readonly masks: ReturnType<typeof masksFor>
}

async function judgeAt(classify: Classify, { row, statement, database, masks }: Asked): Promise<Classified> {
  try {
    return await classify(row, statement, { ...(database !== undefined && { database }), ...(masks && { masks }) })
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'resource_unknown' && database !== undefined)
      throw unprocessable([{ path: '/database', message: error.message }])
    throw error
  }
}

function subjectView({ principal }: Identity): EvaluationView['subject'] {
  const { provider, name, kind, groups } = principal
  return { provider, name, kind, groups: [...groups] }
}

function maskView({ rule, columns, labels, detect, as }: MaskInForce): EvaluationView['masks'][number] {
  return { rule, columns: [...columns], labels: [...labels], detect: [...detect], as }
}

function outputView({ bare, derived, as }: NonNullable<Classified['outputs'][number]>[number]): OutputView {
  return { bare: [...bare], derived: [...derived], as: as ?? null }
}

const noModel =
  'no agent has read the catalog of this target yet; the first session there does. Until then what depends on it counts as unknown, so that an agent may allow what is denied here'

async function identityOf(db: Database, subject: EvaluateBody['subject'], now: number): Promise<Identity> {
  const { name, claims = {} } = subject
  const provider = await db.trustProvider.findFirst({
    where: subject.provider === undefined ? { primary: true } : { name: subject.provider },
  })
  if (provider === null) {
    const message = subject.provider === undefined ? 'is needed: no trust provider is primary' : 'is not a trust provider'
    throw unprocessable([{ path: '/subject/provider', message }])
  }
  const seen = await db.session.findFirst({ where: { principal: name, provider: provider.name }, orderBy: { id: 'desc' } })
  if (seen === null && subject.groups === undefined) {
    throw unprocessable([
      { path: '/subject/groups', message: 'is needed: this name has opened no session yet, so that its groups are not known' },
    ])
  }
  return {
    principal: {
      provider: provider.name,
      subject: seen?.subject ?? name,
      name,
      kind: subject.kind ?? (seen?.principalKind as Identity['principal']['kind'] | undefined) ?? 'service',
      groups: subject.groups ?? seen?.groups ?? [],
      primary: provider.primary,
    },
    chain: [],
    token: { id: 'evaluation', issuer: provider.issuer, audience: provider.audiences, issuedAt: now, expiresAt: now + 3_600_000 },
    claims,
  }
}

function toView(decision: Decision): DecisionView {
  const { kind, rules, shadow } = decision
  const base = { kind, rules: [...rules], shadow: [...shadow] }
  switch (decision.kind) {
    case 'allow':
      return { ...base, obligations: decision.obligations.map((obligation) => ({ ...obligation })) }
    case 'hold':
      return {
        ...base,
        obligations: decision.obligations.map((obligation) => ({ ...obligation })),
        approvers: decision.approvers.map(({ groups, principals, count }) => ({ groups: [...groups], principals: [...principals], count })),
        ...(decision.message !== undefined && { message: decision.message }),
      }
    case 'deny':
      return { ...base, code: decision.code, message: decision.message, advice: decision.advice }
    default:
      return decision satisfies never
  }
}
