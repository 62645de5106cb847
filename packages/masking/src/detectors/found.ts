/** A part of a value that a detector took for what it looks for. Never carries the text itself. */
export interface Found {
  /** `unscanned`: nobody looked at it, for the value is too long or the result's budget is used up; it counts as found. */
  readonly detector: string
  /** Offsets as those of what was scanned: UTF-16 units of a string, bytes of bytes. `end` is exclusive. */
  readonly start: number
  readonly end: number
  /** 0 to 1: how sure; form and check digits make it, words around it raise it. */
  readonly confidence: number
}

/** What the scanner asks of one detector. */
export interface Detector {
  readonly name: string
  /**
   * False only where the detector surely finds nothing in a value with these traits: what is asked of every cell before
   * anything is decoded.
   */
  possible(traits: Traits): boolean
  /** Reports every range, in any order; they may overlap. Time linear in the length of the text. */
  find(view: View, report: Report): void
}

export type Report = (start: number, end: number, confidence: number) => void

/** So many of the entries count. */
export interface Digits {
  readonly at: Uint32Array
  readonly count: number
}

/** One text, and what is known about where it stands. */
export interface View {
  readonly text: string
  /** The name of the column says that this detector's values are in it. */
  readonly expected: boolean
  /** Where digits begin after something else, in order; looked for once. Not to be kept. */
  readonly digits: Digits
  /** Each character is a byte of UTF-8. */
  readonly bytes: boolean
}

/** What one pass over a value counts. */
export interface Traits {
  readonly length: number
  readonly digits: number
  readonly ats: number
  readonly dots: number
  readonly colons: number
  readonly dollars: number
  /** Longest run of letters, digits, `_`, `-`, `+` and `/`. */
  readonly run: number
  readonly equals: number
  readonly backslashes: number
}
