/** How values of a type are written in either format; what is not known here is `other`. */
export type Family = 'text' | 'other'

export interface WireType {
  readonly family: Family
}

export function wireType(oid: number): WireType {
  return { family: oid === 25 ? 'text' : 'other' }
}
