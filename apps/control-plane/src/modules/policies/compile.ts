import { compilePolicy, type Policy } from '@sallyport/policy'
import type { Wanted } from '../../http/documents.js'
import { invalid } from '../../http/problem.js'
import type { PolicyBody } from './schema.js'

/** Throws `invalid` with every reason why this is no policy. */
export function compileBody({ name, body }: Pick<Wanted<PolicyBody>, 'name' | 'body'>): Policy {
  const compiled = compilePolicy({ ...body, kind: 'policy', name })
  if (!compiled.ok) throw invalid(compiled.problems, 'the policy is not valid')
  return compiled.policy
}
