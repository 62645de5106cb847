/**
 * The indifference test: a text without a backslash and without a byte of 0x80 or more is split into tokens the same way
 * under every client encoding and every string setting, so it may be judged while earlier statements still run.
 */
export function isIndifferent(text: Uint8Array | string): boolean {
  if (typeof text === 'string') {
    for (let i = 0; i < text.length; i++) if (!plain(text.charCodeAt(i))) return false
  } else {
    for (let i = 0; i < text.length; i++) if (!plain(text[i]!)) return false
  }
  return true
}

function plain(code: number): boolean {
  return code < 0x80 && code !== 0x5c
}
