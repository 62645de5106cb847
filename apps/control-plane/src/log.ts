import { pino, type Logger } from 'pino'

/**
 * Logs are JSON lines on stderr; stdout belongs to what a supervisor or a person reads. Redaction is the second line of
 * defence: a caller must not pass bodies, headers, targets or statements to the log in the first place.
 */
export type Log = Logger

const secretFields = [
  'password',
  'secret',
  'token',
  'claim',
  'client_secret',
  'authorization',
  'cookie',
  'secrets',
  'join_token',
  'private_key',
]

export function createLog(level: string, destination: { write(line: string): void } = process.stderr): Log {
  return pino(
    {
      level,
      base: { app: 'control-plane' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [...secretFields, ...secretFields.map((name) => `*.${name}`), ...secretFields.map((name) => `*.*.${name}`)],
        censor: '[redacted]',
      },
      serializers: {
        err: describeError,
        error: describeError,
        // Path without its query: filters may hold text of statements.
        req: (request: { method: string; url: string; id: string; ip?: string }) => ({
          id: request.id,
          method: request.method,
          path: request.url.split('?', 1)[0],
          address: request.ip,
        }),
        res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
      },
    },
    destination,
  )
}

/** Name, code and place of an error. Messages of foreign errors may carry values, those of Prisma even source text, so only our own are told. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = (error as { code?: unknown }).code
  const speaksFreely = /^(SallyportError|MigrationError)$/.test(error.name) || typeof (error as { syscall?: unknown }).syscall === 'string'
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    ...(speaksFreely && { message: error.message }),
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 12)
      .map((line) => line.trim()),
  }
}
