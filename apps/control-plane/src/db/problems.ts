import { SallyportError } from '@sallyport/core'
import { Prisma } from '../generated/client.js'

/** What went wrong in the database, in words that may be read outside. Prisma's own messages hold source text and values and never are. */
export type DatabaseProblem =
  | { readonly kind: 'unique'; readonly constraint: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'other'; readonly code: string }

interface AdapterCause {
  readonly kind?: string
  readonly originalCode?: string
  readonly constraint?: { readonly index?: string; readonly fields?: readonly string[] }
}

export function databaseProblem(error: unknown): DatabaseProblem | undefined {
  if (error instanceof Prisma.PrismaClientInitializationError) return { kind: 'unreachable' }
  if (error instanceof Prisma.PrismaClientKnownRequestError) return known(error)
  if (error instanceof Prisma.PrismaClientUnknownRequestError || error instanceof Prisma.PrismaClientRustPanicError) {
    return { kind: 'other', code: 'unknown' }
  }
  if (error instanceof Prisma.PrismaClientValidationError) return { kind: 'other', code: 'validation' }
  return undefined
}

function known(error: Prisma.PrismaClientKnownRequestError): DatabaseProblem {
  const cause = adapterCause(error)
  switch (error.code) {
    case 'P2002':
      return { kind: 'unique', constraint: cause?.constraint?.index ?? cause?.constraint?.fields?.join(',') ?? 'unknown' }
    case 'P2025':
      return { kind: 'missing' }
    // Write conflict or deadlock; a transaction that waited too long; the pool is exhausted.
    case 'P2034':
    case 'P2028':
    case 'P2024':
      return { kind: 'busy' }
    case 'P1001':
    case 'P1002':
    case 'P1008':
    case 'P1017':
    case 'ECONNREFUSED':
      return { kind: 'unreachable' }
    default:
      return { kind: 'other', code: cause?.originalCode ?? error.code }
  }
}

function adapterCause(error: Prisma.PrismaClientKnownRequestError): AdapterCause | undefined {
  const adapterError = error.meta?.['driverAdapterError']
  return adapterError instanceof Error && typeof adapterError.cause === 'object' ? (adapterError.cause as AdapterCause) : undefined
}

/** For whoever answers a caller: everything that is not the caller's doing becomes `unavailable` or `internal`. */
export function asSallyportError(problem: DatabaseProblem): SallyportError {
  switch (problem.kind) {
    case 'unique':
      return new SallyportError('conflict', 'something of that name exists already')
    case 'missing':
      return new SallyportError('not_found', 'it no longer exists')
    case 'busy':
      return new SallyportError('unavailable', 'the database is busy; try again')
    case 'unreachable':
      return new SallyportError('unavailable', 'the database does not answer')
    case 'other':
      return new SallyportError('internal', 'the database refused the change')
    default:
      return problem satisfies never
  }
}
