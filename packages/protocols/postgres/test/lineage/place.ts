/** What the generator of statements hands around. */

/** A random number below `size`, the same ones for the same seed. */
export interface Dice {
  below(size: number): number
  pick<T>(from: readonly T[]): T
  chance(percent: number): boolean
}

export function dice(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (size: number) => Math.floor(next() * size)
  return {
    below,
    pick(from) {
      for (const found of from.slice(below(from.length))) return found
      throw new RangeError('there is nothing to pick from')
    },
    chance: (percent) => below(100) < percent,
  }
}

export type Type = 'int' | 'text' | 'json' | 'array' | 'place'

export interface Column {
  readonly name: string
  readonly type: Type
}

export interface Made {
  readonly sql: string
  readonly type: Type
}

/** Where an expression stands. */
export interface Scope extends Place {
  readonly sources: readonly Source[]
  readonly merged: readonly Column[]
  /** Window functions may stand here. */
  readonly windows: boolean
}

export interface Place {
  readonly d: Dice
  readonly depth: number
  /** Sources around, for what is correlated. */
  readonly outer: readonly Source[]
  readonly ctes: readonly Named[]
  readonly make: Makers
}

/** The way back from expressions to queries. */
export interface Makers {
  query(place: Place): Query
  /** With as many columns as wanted, of those types. */
  queryOf(place: Place, types: readonly Type[]): Query
}

export interface Source {
  readonly alias: string
  readonly columns: readonly Column[]
  /** It has a row type of its own. */
  readonly row: boolean
}

export interface Named {
  readonly name: string
  readonly columns: readonly Column[]
}

export interface Query {
  readonly sql: string
  readonly columns: readonly Column[]
}

let names = 0

/** A name that no other part of the statement has. */
export function fresh(stem: string): string {
  return `${stem}${++names}`
}

export function restartNames(): void {
  names = 0
}
