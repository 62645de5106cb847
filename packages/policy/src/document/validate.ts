import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { parseDuration } from '../duration.js'
import type { Problem } from '../problem.js'
import { type MaskDocument, type PolicyDocument, policyDocumentSchema, type RuleDocument, type SubjectsDocument } from './schema.js'

const maxProblems = 200

/** Names that mean something else in the trail (`RuleRef.policy`). */
const reservedNames = new Set(['floor', 'lock', 'default'])

/** Kept for what comes later: a build that cannot honour one must refuse it by name, never drop it. */
const laterKeys = new Set(['except', 'imposed', 'interactive', 'forward', 'break_glass', 'limits'])

/** Every reason why this is not a policy document; none means it is one. */
export function validate(document: unknown): readonly Problem[] {
  const shape = shapeProblems(document)
  return shape.length > 0 ? shape : ruleProblems(document as PolicyDocument)
}

function shapeProblems(document: unknown): readonly Problem[] {
  const found = new Map<string, Problem>()
  for (const error of Value.Errors(policyDocumentSchema, document)) {
    // A missing property is told twice: as missing, and as of the wrong type.
    if (!found.has(error.path)) found.set(error.path, { path: error.path, message: told(error) })
    if (found.size >= maxProblems) break
  }
  return [...found.values()]
}

const shapeMessages: Readonly<Partial<Record<ValueErrorType, (error: ValueError, key: string) => string>>> = {
  [ValueErrorType.ObjectAdditionalProperties]: (_, key) => (laterKeys.has(key) ? `this build cannot honour ${key}` : 'is not a known key'),
  [ValueErrorType.ObjectRequiredProperty]: () => 'is required',
  [ValueErrorType.ObjectMinProperties]: () => 'must say something',
  [ValueErrorType.Literal]: ({ schema }) => `must be ${JSON.stringify(schema['const'])}`,
  [ValueErrorType.ArrayUniqueItems]: () => 'repeats an entry',
  [ValueErrorType.StringPattern]: ({ schema }) =>
    schema.description ? `must be ${schema.description}` : 'holds characters that are not allowed',
}

function told(error: ValueError): string {
  const message = shapeMessages[error.type]
  if (message) return message(error, error.path.slice(error.path.lastIndexOf('/') + 1))
  return error.schema.description ? `must be ${error.schema.description}` : error.message.replace(/^Expected/, 'must be').slice(0, 200)
}

/** What spans several keys; every reason at once. */
function ruleProblems(document: PolicyDocument): readonly Problem[] {
  const problems: Problem[] = []
  const rules = document.rules ?? []
  const masks = document.masks ?? []
  if (reservedNames.has(document.name)) problems.push({ path: '/name', message: `${document.name} is a reserved name` })
  problems.push(...subjectProblems(document.subjects))
  if (rules.length + masks.length === 0) problems.push({ path: '/rules', message: 'a policy needs a rule or a mask' })
  problems.push(...repeated(rules, masks))
  rules.forEach((rule, i) => problems.push(...oneRule(rule, `/rules/${i}`)))
  masks.forEach((mask, i) => problems.push(...oneMask(mask, `/masks/${i}`)))
  const ids = new Set([...rules, ...masks].map(({ id }) => id))
  document.tests?.forEach((test, i) => {
    if (test.rule !== undefined && !ids.has(test.rule))
      problems.push({ path: `/tests/${i}/rule`, message: `there is no rule ${test.rule}` })
  })
  return problems.slice(0, maxProblems)
}

function subjectProblems({ providers }: SubjectsDocument): readonly Problem[] {
  return (providers ?? []).flatMap((name, i) =>
    name.includes('/') ? [{ path: `/subjects/providers/${i}`, message: 'must be the name of a trust provider' }] : [],
  )
}

function repeated(rules: readonly RuleDocument[], masks: readonly MaskDocument[]): readonly Problem[] {
  const seen = new Set<string>()
  const check = (id: string, path: string): readonly Problem[] => {
    if (seen.has(id)) return [{ path, message: `the id ${id} is used twice` }]
    seen.add(id)
    return []
  }
  return [...rules.flatMap(({ id }, i) => check(id, `/rules/${i}/id`)), ...masks.flatMap(({ id }, i) => check(id, `/masks/${i}/id`))]
}

function oneRule({ action, match, approvers, hold, message }: RuleDocument, path: string): readonly Problem[] {
  const problems: Problem[] = []
  const say = (key: string, message: string) => problems.push({ path: `${path}${key}`, message })
  if (action !== 'deny' && !match?.effects?.only)
    say('/match/effects/only', `is required: ${action} rules name every effect they let through`)
  if (action === 'allow' && message !== undefined) say('/message', 'has nobody to read it: an allowed statement gets its own answer')
  if (action === 'hold') {
    if (!approvers) say('/approvers', 'is required: a hold rule says who may approve')
    approvers?.forEach(({ groups, principals }, i) => {
      if (!groups && !principals) say(`/approvers/${i}`, 'must name groups or principals')
    })
    const wait = parseDuration(hold?.wait ?? '10m')
    const ttl = parseDuration(hold?.ttl ?? '15m')
    if (wait !== undefined && ttl !== undefined && wait > ttl) say('/hold/wait', 'must not be longer than ttl')
    if ((ttl ?? 0) > 30 * 86_400_000) say('/hold/ttl', 'must not be longer than 30d')
  } else {
    if (approvers) say('/approvers', 'belongs to hold rules only')
    if (hold) say('/hold', 'belongs to hold rules only')
  }
  return problems
}

function oneMask({ columns, labels, detect }: MaskDocument, path: string): readonly Problem[] {
  return columns || labels || detect ? [] : [{ path, message: 'must say columns, labels or detect' }]
}
