import type { Classified } from './classified.js'
import type { Outline } from './outline/outline.js'
import type { ParsedStatement } from './parsed.js'

/**
 * Texts whose outlines are equal, whatever their literals, have one shape, and mean the same: what a text does is found from
 * its outline alone. Literals count as far as an outline tells of them (a LIMIT, a condition that names values), for the
 * whole outline is the key. So a text that was never seen before mostly costs its reading, and is told with actions that
 * were judged before.
 */
export interface Shape {
  readonly outlines: readonly Outline[]
  /** What its statements do, by what that depends on beside the outlines; few, for epochs only move forward. */
  readonly meanings: Map<string, readonly Classified[]>
}

export interface Shapes {
  /** Throws `RangeError` for statements that are nested too deeply to be compared. */
  of(statements: readonly ParsedStatement[]): Shape
}

/** Characters of the longest key that is remembered, and how many keys in how many characters a generation has. */
const longest = 16 * 1024
const most = { keys: 2_000, characters: 4 * 1024 * 1024 } as const

/** Two generations: what was used since the last change of them outlives the next one. */
export function createShapes(): Shapes {
  let young = new Map<string, Shape>()
  let old = new Map<string, Shape>()
  let characters = 0

  function remember(key: string, shape: Shape): Shape {
    if (young.size >= most.keys || characters + key.length > most.characters) {
      old = young
      young = new Map()
      characters = 0
    }
    young.set(key, shape)
    characters += key.length
    return shape
  }

  return {
    of(statements) {
      const outlines = statements.map(({ outline }) => outline)
      // Outlines are plain data, of strings, whole numbers, booleans and null: no two of them are spelled alike.
      const key = JSON.stringify(outlines)
      const known = young.get(key)
      if (known !== undefined) return known
      const shape = old.get(key) ?? { outlines, meanings: new Map() }
      return key.length > longest ? shape : remember(key, shape)
    },
  }
}
