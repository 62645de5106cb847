import type { Digits } from './found.js'
import { isDigit } from './context.js'

/** Memory for all texts: a text is looked at before the next one is. */
let memory = new Uint32Array(1024)

/** Where rows of digits begin: numbers are looked for there and in no other place, by every detector of one. */
export function digitStarts(text: string): Digits {
  if (memory.length <= text.length / 2 + 1) memory = new Uint32Array(text.length)
  let count = 0
  let before = false
  for (let i = 0; i < text.length; i++) {
    const digit = isDigit(text.charCodeAt(i))
    if (digit && !before) memory[count++] = i
    before = digit
  }
  return { at: memory, count }
}
