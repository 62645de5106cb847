import type { FieldError } from './problem.js'

/**
 * A field that is given twice in one object (RFC 8259, section 4: what a reader makes of that is anybody's guess). Whoever
 * reviewed the document may have read the first one, and `JSON.parse` keeps the last: so it must be refused. `text` must be
 * JSON already.
 */
export function findRepeated(text: string): FieldError | undefined {
  const levels: Level[] = []
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1)
    switch (text.charAt(at)) {
      case '{':
        levels.push({ fields: new Set(), name: undefined })
        break
      case '[':
        levels.push({ fields: undefined, name: 0 })
        break
      case '}':
      case ']':
        levels.pop()
        break
      case ',':
        if (level) level.name = typeof level.name === 'number' ? level.name + 1 : undefined
        break
      case '"': {
        const end = endOfString(text, at)
        if (level?.fields && level.name === undefined) {
          // However it is spelled: `"a"` and `"\u0061"` are one name.
          level.name = JSON.parse(text.slice(at, end)) as string
          if (level.fields.has(level.name)) return { path: pointerTo(levels), message: 'is given twice' }
          level.fields.add(level.name)
        }
        at = end - 1
        break
      }
      default:
    }
  }
  return undefined
}

/** An object or a list that is open: which field or item of it is read. */
interface Level {
  /** Absent in a list. */
  readonly fields: Set<string> | undefined
  name: string | number | undefined
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** The beginning of it, where it is deeper than any document of ours. */
function pointerTo(levels: readonly Level[]): string {
  return levels
    .slice(0, 64)
    .map(({ name }) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}
