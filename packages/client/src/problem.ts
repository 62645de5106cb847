import type { components } from './generated/schema.js'

/** What REST answers instead of data (RFC 9457). `code` is stable; `errors` names every wrong field. */
export type Problem = components['schemas']['Problem']

export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  constructor(
    readonly problem: Problem,
    /** HTTP status. */
    readonly status: number,
  ) {
    super(problem.detail)
  }
}

interface Answer<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/** The data of an answer; throws `ProblemError` for a problem. */
export async function unwrap<T>(answer: Answer<T> | Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer
  if (response.ok) return data as T
  throw new ProblemError(isProblem(error) ? error : unknownProblem(response), response.status)
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value
}

function unknownProblem({ status }: Response): Problem {
  return {
    type: 'about:blank',
    title: 'Unexpected answer',
    status,
    code: 'unknown',
    detail: `the server answered ${status} without saying why`,
    request_id: '',
  }
}
