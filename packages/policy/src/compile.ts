import type { ApproverNeed } from '@sallyport/core'
import { checkCel } from './cel-check.js'
import { parseCel } from './cel.js'
import { certainty, type Condition, effects, facts, functions, type Quantifier, touches, verbs, when } from './conditions/index.js'
import { canonical } from './document/canonical.js'
import type { ApproverDocument, MatchDocument, PolicyDocument, RuleDocument } from './document/schema.js'
import { validate } from './document/validate.js'
import { parseDuration } from './duration.js'
import { mask } from './masks.js'
import { offer } from './offer.js'
import type { HoldTerms, Policy, Rule } from './policy.js'
import type { Problem } from './problem.js'
import { resources } from './resources.js'
import { subjects } from './subjects.js'
import { sampleError } from './when-check.js'

export type Compiled = { readonly ok: true; readonly policy: Policy } | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * From a document, as YAML or JSON gave it, to a policy; or every reason why not. Its `tests` are not run here, for they
 * need a protocol's classifier: see `runPolicyTests`.
 */
export function compilePolicy(document: unknown): Compiled {
  const plain = canonical(document)
  if (!plain.ok) return { ok: false, problems: [plain.problem] }
  const { problems, rules: sound } = validate(plain.value)
  const found = [...problems]
  const rules = sound.map(({ path, value }) =>
    compileRule(nameOf(plain.value), value, (p) => found.push({ ...p, path: `${path}${p.path}` })),
  )
  if (found.length > 0) return { ok: false, problems: found }
  return { ok: true, policy: assemble(plain.value as PolicyDocument, plain.hash, rules) }
}

/** Of a document that may be anything yet. */
function nameOf(document: unknown): string {
  const { name } = (document ?? {}) as { readonly name?: unknown }
  return typeof name === 'string' ? name : ''
}

function assemble(document: PolicyDocument, hash: string, rules: readonly Rule[]): Policy {
  const { name, record, recording } = document
  const rows = recording?.rows ?? 'none'
  return {
    name,
    hash,
    document,
    subjects: subjects(document.subjects),
    covers: resources(document.resources),
    rules,
    masks: (document.masks ?? []).map((m) => mask(name, m)),
    ...(record && { record }),
    ...(rows !== 'none' && { recording: { kind: 'record', because: { policy: name, rule: 'recording' }, rows } as const }),
    offer: offer(document),
    opens: rules.some((rule) => rule.action !== 'deny' && !rule.shadow),
  }
}

function compileRule(policy: string, document: RuleDocument, report: (problem: Problem) => void): Rule {
  const { id, action, match = {}, message } = document
  const quantifier: Quantifier = action === 'deny' ? 'one' : 'all'
  const conditions = compileMatch(match, quantifier)
  const { any = [], all = [], only = [] } = match.effects ?? {}
  return {
    ref: { policy, rule: id },
    action,
    shadow: document.shadow === true,
    conditions: document.when === undefined ? conditions : [...conditions, ...compileWhen(document.when, conditions, report)],
    ...(message !== undefined && { message }),
    ...(action === 'hold' && { hold: holdTerms(document) }),
    namesConnect: [...any, ...all, ...only].includes('connect'),
    mentions: (fact) =>
      document.when?.includes(fact) === true || Object.keys(match.facts ?? {}).some((name) => name === fact || name.startsWith(`${fact}.`)),
  }
}

function compileMatch(match: MatchDocument, quantifier: Quantifier): readonly Condition[] {
  return [
    ...(match.certainty ? [certainty(match.certainty)] : []),
    ...(match.effects ? [effects(match.effects, quantifier)] : []),
    ...(match.verbs ? [verbs(match.verbs)] : []),
    ...(match.facts ? [facts(match.facts, quantifier)] : []),
    ...(match.functions ? [functions(match.functions, quantifier)] : []),
    ...(match.touches ? [touches(match.touches, quantifier)] : []),
  ]
}

function compileWhen(text: string, match: readonly Condition[], report: (problem: Problem) => void): readonly Condition[] {
  const fail = (message: string) => report({ path: '/when', message })
  const parsed = parseCel(text)
  if (!parsed.ok) {
    fail(parsed.message)
    return []
  }
  const checked = checkCel(parsed.expression)
  checked.problems.forEach(fail)
  if (checked.problems.length > 0) return []
  const error = sampleError({ evaluate: parsed.evaluate, open: checked.open, match })
  if (error !== undefined) fail(error)
  return [when(text, parsed.evaluate)]
}

function holdTerms({ approvers = [], hold = {} }: RuleDocument): HoldTerms {
  const {
    wait = '10m',
    ttl = '15m',
    mode = 'wait',
    in_transaction: inTransaction = 'retry',
    reason_required: reasonRequired = false,
  } = hold
  return {
    approvers: approvers.map(need),
    wait: milliseconds(wait),
    ttl: milliseconds(ttl),
    mode,
    inTransaction: typeof inTransaction === 'string' ? inTransaction : { wait: milliseconds(inTransaction.wait) },
    reasonRequired,
    ...(hold.max_rows !== undefined && { maxRows: hold.max_rows }),
  }
}

function need({ groups = [], principals = [], count = 1 }: ApproverDocument): ApproverNeed {
  return { groups: [...groups].sort(), principals: [...principals].sort(), count }
}

/** The schema has let only durations through. */
function milliseconds(duration: string): number {
  const ms = parseDuration(duration)
  if (ms === undefined) throw new RangeError(`${duration} is not a duration`)
  return ms
}
