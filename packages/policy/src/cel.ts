import { celEnv, isCelError, parse, plan } from '@bufbuild/cel'

/**
 * CEL at arm's length: expressions are checked before they are planned, and an evaluation answers true, false or an
 * error text, never throws. The library hands errors back as objects, which are truthy: nobody else may call it.
 */
export type Expression = ReturnType<typeof parse>['expr']
export type Evaluated = { readonly value: boolean } | { readonly error: string }
export type Evaluate = (bindings: object) => Evaluated

const maxLength = 2000
const environment = celEnv()

export type ParsedCel =
  | { readonly ok: true; readonly expression: Expression; readonly evaluate: Evaluate }
  | { readonly ok: false; readonly message: string }

export function parseCel(text: string): ParsedCel {
  if (text.length > maxLength) return { ok: false, message: `is longer than ${maxLength} characters` }
  try {
    const { expr } = parse(text)
    const run = plan(environment, expr)
    return { ok: true, expression: expr, evaluate: (bindings) => evaluate(run, bindings) }
  } catch (error) {
    return { ok: false, message: `is not valid CEL: ${told(error)}` }
  }
}

function evaluate(run: ReturnType<typeof plan>, bindings: object): Evaluated {
  try {
    const result = run(bindings as Parameters<typeof run>[0])
    if (isCelError(result)) return { error: result.message }
    return typeof result === 'boolean' ? { value: result } : { error: 'it yields something else than true or false' }
  } catch (error) {
    return { error: told(error) }
  }
}

function told(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200)
}
