import { pattern } from './pattern.js'

/** A text as JSON meant it, and where each of its characters began in what was written; one offset more than characters. */
export interface Unescaped {
  readonly text: string
  readonly offsets: Uint32Array
}

const short: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '/': '/', '"': '"', '\\': '\\' }

/**
 * Undoes the escapes of JSON strings wherever they are: `json` keeps them as they were written, and `\u0040` would
 * hide an address. A backslash that escapes nothing stays.
 */
export function unescape(text: string): Unescaped {
  const offsets = new Uint32Array(text.length + 1)
  const pieces: string[] = []
  let length = 0
  let run = 0
  let at = 0
  const put = (piece: string, from: number) => {
    pieces.push(piece)
    for (let i = 0; i < piece.length; i++) offsets[length++] = from
  }
  const flush = (to: number) => {
    pieces.push(text.slice(run, to))
    for (let i = run; i < to; i++) offsets[length++] = i
  }
  while ((at = text.indexOf('\\', at)) >= 0) {
    const [piece, size] = escapeAt(text, at)
    if (size > 0) {
      flush(at)
      put(piece, at)
      run = at + size
    }
    at += Math.max(1, size)
  }
  flush(text.length)
  offsets[length] = text.length
  return { text: pieces.join(''), offsets }
}

const hex = pattern('^[0-9a-fA-F]{4}$')

function escapeAt(text: string, at: number): readonly [piece: string, size: number] {
  const letter = text[at + 1] ?? ''
  if (letter === 'u') {
    const digits = text.slice(at + 2, at + 6)
    return hex.test(digits) ? [String.fromCharCode(Number.parseInt(digits, 16)), 6] : ['', 0]
  }
  const piece = short[letter]
  return piece === undefined ? ['', 0] : [piece, 2]
}
