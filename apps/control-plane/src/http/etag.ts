import { SallyportError } from '@sallyport/core'
import { Type } from '@sinclair/typebox'

/** Optimistic concurrency (RFC 9110, 13.1): the ETag is the version of the record. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(Type.String({ maxLength: 256, description: 'ETag that the record must still have' })),
  'if-none-match': Type.Optional(Type.String({ maxLength: 256, description: '`*`: only if the record does not exist yet' })),
})

export interface Conditions {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
}

export function etagOf(record: { readonly version: number }): string {
  return `"${record.version}"`
}

/** Throws `precondition_failed` unless the record is the one the caller has seen. `present` is absent where none exists. */
export function checkConditions(conditions: Conditions, present: { readonly version: number } | undefined): void {
  const { 'if-match': match, 'if-none-match': noneMatch } = conditions
  const matches = (header: string): boolean =>
    present !== undefined &&
    header
      .split(',')
      .map((tag) => tag.trim())
      .some((tag) => tag === '*' || tag === etagOf(present))
  if (match !== undefined && !matches(match)) {
    throw new SallyportError('precondition_failed', present === undefined ? 'it does not exist' : `it is at ${etagOf(present)} now`)
  }
  if (noneMatch !== undefined && matches(noneMatch)) throw new SallyportError('precondition_failed', 'it exists already')
}

/** For the write that lost a race between its read and its write. */
export function changedMeanwhile(conditions: Conditions): SallyportError {
  return conditions['if-match'] === undefined
    ? new SallyportError('conflict', 'it was changed at the same time; try again')
    : new SallyportError('precondition_failed', 'it was changed at the same time')
}
