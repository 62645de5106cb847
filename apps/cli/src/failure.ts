/** How a command ends other than well: `Usage` exits with 2, `Failure` and a refusal of the server with 1. */
export class Failure extends Error {}

export class Usage extends Error {}

/** A problem document (RFC 9457) that REST answered. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Readonly<Record<string, unknown>>,
  ) {
    super(describe(status, problem))
  }
}

function describe(status: number, problem: Readonly<Record<string, unknown>>): string {
  const head = [problem['title'], problem['detail']].filter((part) => typeof part === 'string' && part !== '').join(': ')
  const code = typeof problem['code'] === 'string' ? ` (${problem['code']})` : ''
  const errors = Array.isArray(problem['errors']) ? problem['errors'].map((error) => `\n  ${line(error)}`).join('') : ''
  return `${head || `the server answered ${status}`}${code}${errors}`
}

function line(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  const { path, field, message, detail } = error as Readonly<Record<string, unknown>>
  const texts = [path ?? field, message ?? detail].filter((part) => typeof part === 'string')
  return texts.length > 0 ? texts.join(': ') : JSON.stringify(error)
}
