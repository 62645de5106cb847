import { codeAt, isAlnum, isDigit } from './context.js'
import type { Detector } from './found.js'

/** Characters of a country's numbers (SWIFT IBAN registry), by country code. */
const lengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 ' +
    'GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ' +
    'ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 ' +
    'SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
)

export const iban: Detector = {
  name: 'iban',
  possible: ({ digits, length }) => digits >= 2 && length >= 15,
  find({ text, digits }, report) {
    for (let i = 0; i < digits.count; i++) {
      const at = digits.at[i]! - 2
      if (at < 0 || isAlnum(codeAt(text, at - 1))) continue
      const length = lengths.get(text.slice(at, at + 2).toUpperCase())
      const end = length === undefined ? -1 : endOf(text, at, length)
      if (end > 0) report(at, end, 0.99)
    }
  },
}

/** Reads so many letters and digits, single spaces and hyphens between them; -1 where they are none, or go on. */
function endOf(text: string, from: number, length: number): number {
  let at = from
  let remainder = 0
  let head = 0
  for (let count = 0; count < length; count++) {
    const code = codeAt(text, at)
    if (count > 3 && isGap(code)) at++
    const value = valueOf(codeAt(text, at))
    if (value < 0) return -1
    // The four characters in front are counted last (ISO 7064 MOD 97-10).
    if (count < 4) head = append(head, value)
    else remainder = append(remainder, value)
    at++
  }
  const check = text.slice(from + 2, from + 4)
  if (check < '02' || check > '98' || (remainder * headShift + head) % 97 !== 1) return -1
  return isAlnum(codeAt(text, at)) ? -1 : at
}

/** Two letters and two digits make six decimal places. */
const headShift = 1e6 % 97

const isGap = (code: number): boolean => code === 32 || code === 45 || code === 0xa0

/** 0 to 35 as ISO 13616 counts letters, -1 for anything else. */
function valueOf(code: number): number {
  if (isDigit(code)) return code - 48
  if (code >= 65 && code <= 90) return code - 55
  return code >= 97 && code <= 122 ? code - 87 : -1
}

const append = (remainder: number, value: number): number => (remainder * (value > 9 ? 100 : 10) + value) % 97
