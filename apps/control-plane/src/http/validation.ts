import { TypeCompiler, ValueErrorType, type ValueError } from '@sinclair/typebox/compiler'
import { Value } from '@sinclair/typebox/value'
import { TypeGuard, type TSchema } from '@sinclair/typebox'
import type { FastifySchemaCompiler } from 'fastify'
import { findUnstorable } from './plain.js'
import { invalid } from './problem.js'

/**
 * Bodies are taken as they are; only query strings and path parameters, which know no types, are converted. Answers
 * every wrong field, never the value that was sent.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = TypeCompiler.Compile(schema)
  const textual = httpPart === 'querystring' || httpPart === 'params'
  const optional = httpPart === 'body' && TypeGuard.IsOptional(schema)
  return (value: unknown) => {
    if (optional && (value === null || value === undefined)) return { value: undefined }
    const plain = findUnstorable(value)
    if (plain !== undefined) return failed(httpPart, [{ instancePath: plain.path, message: plain.message }])
    const input = textual ? Value.Convert(schema, value) : value
    if (check.Check(input)) return { value: input }
    return failed(httpPart, describe([...check.Errors(input)]))
  }
}

function failed(validationContext: string | undefined, validation: readonly Wrong[]) {
  return { error: Object.assign(new Error('validation failed'), { validation, validationContext }) }
}

interface Wrong {
  readonly instancePath: string
  readonly message: string
}

/** For what is put together here and must be as valid as what is sent. Throws `invalid` with every wrong field. */
export function assertValid(schema: TSchema, value: unknown): void {
  const errors = describe([...TypeCompiler.Compile(schema).Errors(value)])
  if (errors.length > 0) throw invalid(errors.map(({ instancePath, message }) => ({ path: instancePath, message })))
}

/** A missing field reports itself and then every rule it breaks: one line per field is enough. */
function describe(errors: readonly ValueError[]): readonly Wrong[] {
  const seen = new Map<string, string>()
  for (const error of errors.flatMap(alternatives)) if (!seen.has(error.path)) seen.set(error.path, sentence(error))
  return [...seen].map(([instancePath, message]) => ({ instancePath, message }))
}

/** Of a union, the errors of the alternative that was meant: the one whose constants fit, then the one with the fewest. */
function alternatives(error: ValueError): readonly ValueError[] {
  if (error.type !== ValueErrorType.Union) return [error]
  const variants = error.errors.map((iterator) => [...iterator].flatMap(alternatives)).sort((a, b) => strangeness(a) - strangeness(b))
  const best = variants[0]
  return best === undefined || best.every(({ path }) => path === error.path) ? [error] : best
}

function strangeness(errors: readonly ValueError[]): number {
  return errors.length + (errors.some(({ type }) => type === ValueErrorType.Literal) ? 1_000 : 0)
}

const sentences: Readonly<Partial<Record<ValueErrorType, (error: ValueError) => string>>> = {
  [ValueErrorType.ObjectRequiredProperty]: () => 'is required',
  [ValueErrorType.ObjectAdditionalProperties]: () => 'is not a field of this document',
  [ValueErrorType.Union]: ({ schema }) => allowed(schema) ?? 'has none of the shapes that are accepted',
  [ValueErrorType.StringPattern]: ({ schema }) =>
    schema.description === undefined ? `must match ${String(schema['pattern'])}` : `must be ${schema.description}`,
}

function sentence(error: ValueError): string {
  return sentences[error.type]?.(error) ?? lowerFirst(error.message)
}

function allowed(schema: TSchema): string | undefined {
  const members = (schema['anyOf'] as readonly { readonly const?: unknown }[] | undefined) ?? []
  return members.length > 0 && members.every((member) => typeof member.const === 'string')
    ? `must be one of ${members.map(({ const: value }) => String(value)).join(', ')}`
    : undefined
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
