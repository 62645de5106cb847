import type { Policy } from './policy.js'
import type { Problem } from './problem.js'

export type Compiled = { readonly ok: true; readonly policy: Policy } | { readonly ok: false; readonly problems: readonly Problem[] }

export function compilePolicy(_document: unknown): Compiled {
  return { ok: false, problems: [{ path: '', message: 'the compiler is not built yet' }] }
}
