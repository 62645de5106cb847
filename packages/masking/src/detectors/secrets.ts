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
