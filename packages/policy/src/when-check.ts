import type { Action } from '@sallyport/core'
import type { Evaluate } from './cel.js'
import { no } from './answer.js'
import type { Condition } from './conditions/index.js'
import { families, sampleRequest } from './samples.js'
import { actionForCel, type Bindings, createScope, type Scope } from './scope.js'

/** Values tried for what only a request knows the type of. */
const candidates: readonly unknown[] = ['sample', 1, true, ['sample']]
const maxOpen = 4

export interface Sampled {
  readonly evaluate: Evaluate
  /** Paths below claims, labels and body that the expression reads. */
  readonly open: readonly string[]
  /** The rule's other conditions: samples they surely exclude are not tried. */
  readonly match: readonly Condition[]
}

/**
 * Evaluates a `when` on the samples: for at least one family every statement kind that the rule's match lets through
 * must give true or false. Answers the first error of the family that came nearest, undefined when all is well.
 */
export function sampleError({ evaluate, open, match }: Sampled): string | undefined {
  if (open.length > maxOpen) return `reads more than ${maxOpen} different claims, labels or body fields`
  const scope = createScope(sampleRequest, sampleRequest.identity.principal)
  let nearest: Trial | undefined
  for (const { name, actions } of families) {
    const reached = actions.filter((action) => match.every((condition) => condition.test(action, scope) !== no))
    const tried = reached.length > 0 ? reached : actions
    for (const assignment of assignments(open)) {
      const trial = run(
        evaluate,
        tried.map((action) => bind(action, scope, assignment)),
      )
      if (trial.error === undefined) return undefined
      const share = trial.share + (reached.length > 0 ? 1 : 0)
      if (!nearest || share > nearest.share)
        nearest = { share, error: `fails on a sample ${name} action (${tried[trial.at]!.verb}): ${trial.error}`, at: trial.at }
    }
  }
  return nearest?.error
}

interface Trial {
  /** How far it came, 0 to 1. */
  readonly share: number
  readonly at: number
  readonly error: string | undefined
}

function run(evaluate: Evaluate, inputs: readonly object[]): Trial {
  for (const [at, input] of inputs.entries()) {
    const result = evaluate(input)
    if ('error' in result) return { share: at / inputs.length, at, error: result.error }
  }
  return { share: 1, at: inputs.length, error: undefined }
}

type Assignment = readonly (readonly [path: string, value: unknown])[]

/** Every way to give the open paths values, plainest first. */
function assignments(open: readonly string[]): readonly Assignment[] {
  return open.reduce<readonly Assignment[]>(
    (some, path) => some.flatMap((a) => candidates.map((value) => [...a, [path, value] as const])),
    [[]],
  )
}

function bind(action: Action, scope: Scope, assignment: Assignment): object {
  const bindings: Bindings & { action: object } = { ...scope.bindings(), action: actionForCel(action) }
  return assignment.reduce<object>((root, [path, value]) => put(root, path.split('.'), value), bindings)
}

/** A copy of `root` with `value` at `path`. */
function put(root: unknown, [step, ...rest]: readonly string[], value: unknown): object {
  const base = typeof root === 'object' && root !== null && !Array.isArray(root) ? (root as Readonly<Record<string, unknown>>) : {}
  if (step === undefined) return base
  return { ...base, [step]: rest.length === 0 ? value : put(base[step], rest, value) }
}
