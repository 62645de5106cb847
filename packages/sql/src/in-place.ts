import type { Answer } from './reading.js'

/**
 * Reads short texts on the thread that asks, for a round trip to a worker costs as much as reading such a text twice.
 * Nobody can end this thread, so only what cannot exhaust its stack is taken: a text that is short, and opens few brackets.
 * Answers nothing for any other, which must go to a worker. Should a text break the grammar all the same, it was the last
 * one that is read here.
 */
export type InPlace = (text: string) => Answer | undefined

/**
 * In UTF-16 units and brackets. Every way to nest takes characters, and within these bounds the worst of them is less than
 * half as deep as what the stack of a main thread holds. So short a text also leaves the grammar's memory as it is.
 */
const longest = 2_048
const mostBrackets = 256

export function createInPlace(): InPlace {
  let read: ((text: string) => Answer) | undefined
  // Not before it is needed: it compiles the grammar and takes 20 MB.
  const loading = import('./reading.js').then(async (reading) => {
    await reading.load()
    read = reading.read
  })
  loading.catch(() => undefined)
  return (text) => {
    if (read === undefined || text.length > longest || opensMany(text)) return undefined
    const answer = read(text)
    if (answer.kind !== 'broken') return answer
    read = undefined
    return undefined
  }
}

/** Also those within quotes and comments: what is not counted could be hidden. */
function opensMany(text: string): boolean {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code === 0x28 || code === 0x5b) && ++count > mostBrackets) return true
  }
  return false
}
