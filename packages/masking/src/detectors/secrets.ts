import { codeAt } from './context.js'

/** Whether what stands where a password or a key would is one, or a place-holder, a name, a piece of a program. */
const words = new Set(
  (
    'null none nil true false undefined required optional string varchar text number integer boolean password passwd secret token changeit ' +
    'example redacted hidden masked placeholder unknown empty disabled enabled expired invalid missing incorrect forgotten reset'
  ).split(' '),
)

const marks = ['${', '{{', '}}', '$(', '<', '>', '%s', '%(', '...', '***', 'xxxx', 'XXXX', 'REDACTED', 'redacted']

export function isPlaceholder(value: string): boolean {
  if (value === '' || new Set(value).size === 1 || words.has(value.toLowerCase())) return true
  return marks.some((mark) => value.includes(mark)) || value.startsWith('$') || value.startsWith('%') || value.startsWith('your')
}

const longest = 512

/** In quotes up to the closing one, else up to what separates. */
export function valueAt(text: string, from: number): { readonly start: number; readonly end: number; readonly quoted: boolean } {
  const quote = codeAt(text, from)
  const quoted = quote === 34 || quote === 39 || quote === 96
  const start = quoted ? from + 1 : from
  let end = start
  while (end < text.length && end - start < longest && !(quoted ? text.charCodeAt(end) === quote : separates(text.charCodeAt(end)))) end++
  while (!quoted && end > start && text.charCodeAt(end - 1) === 46) end--
  return { start, end, quoted }
}

/** White space, `"`, `'`, `&`, `,`, `;`, `<`, `>`, `` ` ``, `}`, `)`, `]`. */
const separators = new Set([34, 38, 39, 41, 44, 59, 60, 62, 93, 96, 125])
const separates = (code: number): boolean => code <= 32 || separators.has(code)
