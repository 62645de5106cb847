import { randomBytes } from 'node:crypto'
import { makeId, type IdPrefix } from '@sallyport/core'

export function newId(prefix: IdPrefix): string {
  return makeId(prefix, Date.now(), randomBytes(10))
}
