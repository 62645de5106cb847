import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import type { Problem } from '../problem.js'
import { policyDocumentSchema } from './schema.js'

/** No document needs more reasons than this to be refused. */
export const maxProblems = 200

/** Kept for what comes later: a build that cannot honour one must refuse it by name, never drop it. */
const laterKeys = new Set(['except', 'imposed', 'interactive', 'forward', 'break_glass', 'limits'])

/** Where a document differs from the schema, in words; one problem per place. */
export function shapeProblems(document: unknown): readonly Problem[] {
  const found = new Map<string, Problem>()
  for (const error of Value.Errors(policyDocumentSchema, document)) {
    // A missing property is told twice: as missing, and as of the wrong type.
    if (!found.has(error.path)) found.set(error.path, { path: error.path, message: told(error) })
    if (found.size >= maxProblems) break
  }
  return [...found.values()]
}

const shapeMessages: Readonly<Partial<Record<ValueErrorType, (error: ValueError, key: string) => string>>> = {
  [ValueErrorType.ObjectAdditionalProperties]: (_, key) => (laterKeys.has(key) ? `this build cannot honour ${key}` : 'is not a known key'),
  [ValueErrorType.ObjectRequiredProperty]: () => 'is required',
  [ValueErrorType.ObjectMinProperties]: () => 'must say something',
  [ValueErrorType.Literal]: ({ schema }) => `must be ${JSON.stringify(schema['const'])}`,
  [ValueErrorType.ArrayUniqueItems]: () => 'repeats an entry',
  [ValueErrorType.StringPattern]: ({ schema }) =>
    schema.description ? `must be ${schema.description}` : 'holds characters that are not allowed',
}

function told(error: ValueError): string {
  const message = shapeMessages[error.type]
  if (message) return message(error, error.path.slice(error.path.lastIndexOf('/') + 1))
  return error.schema.description ? `must be ${error.schema.description}` : error.message.replace(/^Expected/, 'must be').slice(0, 200)
}
