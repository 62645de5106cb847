/**
 * The indifference test: a text with no byte of 0x80 or more and no backslash is split into tokens the same way under every
 * client encoding and every string setting, so it may be judged while earlier statements still run. Any other text must be
 * judged only when the session's encoding and string settings are known to be UTF-8 and standard.
 */
export function isIndifferent(text: Uint8Array | string): boolean {
  const isString = typeof text === 'string'
  for (let i = 0; i < text.length; i++) {
    const code = isString ? text.charCodeAt(i) : text[i]!
    if (code >= 0x80 || code === 0x5c) return false
  }
  return true
}
