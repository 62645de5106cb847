import { parseDuration } from '../duration.js'
import type { Problem } from '../problem.js'
import type { MaskDocument, PolicyDocument, RuleDocument, SubjectsDocument } from './schema.js'
import { maxProblems, shapeProblems } from './shape.js'

/** Names that mean something else in the trail (`RuleRef.policy`). */
const reservedNames = new Set(['floor', 'lock', 'default'])

/** A part of the document whose shape is right, and where it stands. */
export interface Placed<T> {
  readonly path: string
  readonly value: T
}

export interface Validated {
  /** Every reason why this is not a policy document; none means it is one. */
  readonly problems: readonly Problem[]
  /** The rules whose shape is right: they can be compiled, if only to find what else is wrong. */
  readonly rules: readonly Placed<RuleDocument>[]
}

/** Looks at what spans several keys as well, wherever the shape lets it: one broken rule hides nothing about another. */
export function validate(document: unknown): Validated {
  const shape = shapeProblems(document)
  const broken = (path: string) => shape.some((problem) => problem.path === path || problem.path.startsWith(`${path}/`))
  const sound = <T>(key: 'rules' | 'masks' | 'tests'): readonly Placed<T>[] =>
    listOf(document, key)
      .map((value, i) => ({ path: `/${key}/${i}`, value: value as T }))
      .filter(({ path }) => !broken(path))
  const rules = sound<RuleDocument>('rules')
  const masks = sound<MaskDocument>('masks')
  const { name, subjects } = (document ?? {}) as Partial<PolicyDocument>
  const problems = [
    ...shape,
    ...(!broken('/name') && name !== undefined && reservedNames.has(name)
      ? [{ path: '/name', message: `${name} is a reserved name` }]
      : []),
    ...(broken('/subjects') || !subjects ? [] : subjectProblems(subjects)),
    ...(shape.length === 0 && rules.length + masks.length === 0 ? [{ path: '/rules', message: 'a policy needs a rule or a mask' }] : []),
    ...repeatedIds([...rules, ...masks]),
    ...rules.flatMap(oneRule),
    ...masks.flatMap(oneMask),
    ...testProblems(sound('tests'), new Set([...listOf(document, 'rules'), ...listOf(document, 'masks')].map(idOf))),
  ]
  return { problems: problems.slice(0, maxProblems), rules }
}

const maxEntries = 200

function listOf(document: unknown, key: string): readonly unknown[] {
  const value = typeof document === 'object' && document !== null ? (document as Readonly<Record<string, unknown>>)[key] : undefined
  return Array.isArray(value) ? value.slice(0, maxEntries) : []
}

function idOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>)['id'] : undefined
}

function testProblems(tests: readonly Placed<{ readonly rule?: string }>[], ids: ReadonlySet<unknown>): readonly Problem[] {
  return tests.flatMap(({ path, value: { rule } }) =>
    rule === undefined || ids.has(rule) ? [] : [{ path: `${path}/rule`, message: `there is no rule ${rule}` }],
  )
}

function subjectProblems({ providers }: SubjectsDocument): readonly Problem[] {
  return (providers ?? []).flatMap((name, i) =>
    name.includes('/') ? [{ path: `/subjects/providers/${i}`, message: 'must be the name of a trust provider' }] : [],
  )
}

function repeatedIds(entries: readonly Placed<{ readonly id: string }>[]): readonly Problem[] {
  const seen = new Set<string>()
  return entries.flatMap(({ path, value: { id } }) => {
    if (seen.has(id)) return [{ path: `${path}/id`, message: `the id ${id} is used twice` }]
    seen.add(id)
    return []
  })
}

function oneRule({ path, value: { action, match, approvers, hold, message } }: Placed<RuleDocument>): readonly Problem[] {
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

function oneMask({ path, value: { columns, labels, detect } }: Placed<MaskDocument>): readonly Problem[] {
  return columns || labels || detect ? [] : [{ path, message: 'must say columns, labels or detect' }]
}
