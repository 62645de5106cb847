/** How a command ends other than well: `Usage` exits with 2, everything else with 1. */
import { ProblemError } from '@sallyport/client'

export class Failure extends Error {}

export class Usage extends Error {}

/** What the person reads; undefined for an error that nobody foresaw. */
export function explain(error: unknown): string | undefined {
  if (error instanceof Failure || error instanceof Usage) return error.message
  if (error instanceof ProblemError) return problemText(error)
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'the control plane did not answer in time'
  if (error instanceof TypeError && error.message === 'fetch failed') return `the control plane does not answer: ${reasonOf(error.cause)}`
  if (error instanceof SyntaxError) return 'the answer is not JSON: is this a Sallyport control plane?'
  return undefined
}

function problemText({ problem }: ProblemError): string {
  const { title, detail, code, errors = [] } = problem
  const head = detail === title ? title : `${title}: ${detail}`
  return `${head} (${code})${errors.map(({ path, message }) => `\n  ${path}: ${message}`).join('')}`
}

/** Below `fetch failed`, also where several addresses were tried. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ')
  if (!(cause instanceof Error)) return 'unknown reason'
  const { code } = cause as NodeJS.ErrnoException
  const untrusted = code !== undefined && /CERT|SIGNATURE|ISSUER/.test(code)
  return untrusted ? `${cause.message} (NODE_EXTRA_CA_CERTS=FILE trusts an authority of your own)` : cause.message
}
