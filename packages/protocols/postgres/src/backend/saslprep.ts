/**
 * SASLprep (RFC 4013) for a password that is not plain ASCII, done as PostgreSQL does on both ends: a password that the
 * profile prohibits is used as it is. A caller must not use it for names.
 */
export function saslprep(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) return password
  const prepared = password.replace(nonAsciiSpace, ' ').replace(mappedToNothing, '').normalize('NFKC')
  if (prepared === '' || prohibited.test(prepared) || breaksBidi(prepared)) return password
  return prepared
}

/** RFC 3454 table C.1.2. */
const nonAsciiSpace = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g
/** RFC 3454 table B.1. */
const mappedToNothing = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/g
/** RFC 3454 tables C.1.2, C.2.1, C.2.2, C.3 to C.9 and unassigned code points. */
const prohibited = new RegExp(
  [
    String.raw`\p{Cc}|\p{Co}|\p{Cs}|\p{Cn}|\p{Zl}|\p{Zp}`,
    String.raw`[\u00a0\u06dd\u070f\u180e]|[\u200c-\u200f]|[\u202a-\u202e]|[\u2060-\u2063]|[\u206a-\u206f]|[\u2ff0-\u2ffb]|[\ufff9-\uffff]`,
    String.raw`\u0340|\u0341|[\u{1d173}-\u{1d17a}]|\u{e0001}|[\u{e0020}-\u{e007f}]`,
  ].join('|'),
  'u',
)

/** RFC 3454 section 6: a text with right-to-left letters has no left-to-right ones, and begins and ends with them. */
function breaksBidi(text: string): boolean {
  const rtl = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u
  const letters = Array.from(text)
  if (!letters.some((c) => rtl.test(c))) return false
  const ltr = letters.some((c) => /\p{L}/u.test(c) && !rtl.test(c))
  return ltr || !rtl.test(letters[0]!) || !rtl.test(letters.at(-1)!)
}
