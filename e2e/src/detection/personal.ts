import { type Chance, digits, hex, large, small } from './random.js'

/**
 * Values that are what they are called, made from the rules that issue them and not from what looks for them. `column`: such
 * a value is only told by the name of its column, or in prose by a word before it.
 */
export interface Sample {
  readonly value: string
  /** What of it must not be seen, where that is not all of it. */
  readonly hidden?: string
  readonly column?: string
  /** No word tells it either. */
  readonly alone?: boolean
}

const people = [
  'jane',
  'bob',
  'maria',
  'li',
  'søren',
  'anna-lena',
  'o.brien',
  'jdoe',
  'k_smith',
  'x',
  'mueller.t',
  'info',
  'Jane.Doe',
  'SUPPORT',
  'a1b2',
  '4711',
]
const hosts = [
  'gmail.com',
  'outlook.com',
  'web.de',
  'qq.com',
  '163.com',
  'shop.example',
  'mail.corp.example.co.uk',
  'x.io',
  'münchen.de',
  'uni-kl.de',
  'EXAMPLE.ORG',
  'a-b.museum',
  'dept.gov.au',
  'xn--mnchen-3ya.de',
  'startup.technology',
  '1und1.de',
  'proton.me',
  'naver.com',
]

export function email(at: Chance): Sample {
  const tag = at.maybe(0.2) ? `+${at.text(small, 1 + at.int(8))}` : ''
  const number = at.maybe(0.3) ? at.text(digits, 1 + at.int(4)) : ''
  return { value: `${at.pick(people)}${number}${tag}@${at.pick(hosts)}` }
}

/** Issuer, digits, and how a card of it is printed. */
const brands: readonly (readonly [string, number, readonly number[]])[] = [
  ['4', 16, [4, 4, 4, 4]],
  ['51', 16, [4, 4, 4, 4]],
  ['55', 16, [4, 4, 4, 4]],
  ['2221', 16, [4, 4, 4, 4]],
  ['2650', 16, [4, 4, 4, 4]],
  ['34', 15, [4, 6, 5]],
  ['37', 15, [4, 6, 5]],
  ['6011', 16, [4, 4, 4, 4]],
  ['65', 16, [4, 4, 4, 4]],
  ['36', 14, [4, 6, 4]],
  ['3530', 16, [4, 4, 4, 4]],
  ['62', 16, [4, 4, 4, 4]],
  ['62', 19, [4, 4, 4, 4, 3]],
]

/** The digit that makes the sum of all, every second one from the right doubled and its digits added, end in 0. */
function checked(body: string): string {
  const sum = body
    .split('')
    .toReversed()
    .map(Number)
    .reduce((sum, one, i) => sum + (i % 2 === 1 ? one : one < 5 ? 2 * one : 2 * one - 9), 0)
  return body + String((10 - (sum % 10)) % 10)
}

export function grouped(number: string, sizes: readonly number[], by: string): string {
  let from = 0
  return sizes.map((size) => number.slice(from, (from += size))).join(by)
}

export function card(at: Chance): Sample {
  const [prefix, length, sizes] = at.pick(brands)
  const number = checked(prefix + at.text(digits, length - prefix.length - 1))
  return { value: grouped(number, sizes, at.pick(['', ' ', '-', ''])) }
}

/** Country, then what its account numbers are made of: `n` digits, `a` letters, `c` either. */
const accounts = [
  'DE 18n',
  'GB 4a14n',
  'FR 10n11c2n',
  'NL 4a10n',
  'ES 20n',
  'IT 1a10n12c',
  'CH 5n12c',
  'AT 16n',
  'BE 12n',
  'PL 24n',
  'NO 11n',
  'SE 20n',
  'DK 14n',
  'FI 14n',
  'PT 21n',
  'IE 4a14n',
  'SA 2n18c',
  'MT 4a5n18c',
  'AE 19n',
  'TR 6n16c',
  'LC 4a24c',
  'BR 23n1a1c',
]

export function iban(at: Chance): Sample {
  const [country, form] = at.pick(accounts).split(' ') as [string, string]
  const body = [...form.matchAll(/(\d+)([nac])/g)]
    .map(([, count, kind]) => at.text(kind === 'n' ? digits : kind === 'a' ? large : large + digits, Number(count)))
    .join('')
  const number = BigInt(
    `${body}${country}00`
      .split('')
      .map((one) => Number.parseInt(one, 36))
      .join(''),
  )
  const plain = `${country}${String(98n - (number % 97n)).padStart(2, '0')}${body}`
  if (at.maybe(0.5)) return { value: at.maybe(0.1) ? plain.toLowerCase() : plain }
  return { value: plain.match(/.{1,4}/g)!.join(' ') }
}

export function ssn(at: Chance): Sample {
  const area = 1 + at.int(898)
  const number = [area === 666 ? 665 : area, 1 + at.int(99), 1 + at.int(9999)].map((part, i) => String(part).padStart([3, 2, 4][i]!, '0'))
  const by = at.pick(['-', '-', '-', ' ', ''])
  return { value: number.join(by), ...(by === '-' ? {} : { column: at.pick(['ssn', 'SSN', 'social_security_number']) }) }
}

/** Country code, digits of a number there, groups of which it is written. */
const plans: readonly (readonly [string, string, readonly number[]])[] = [
  ['44', '7', [4, 6]],
  ['44', '20', [2, 4, 4]],
  ['49', '151', [3, 8]],
  ['49', '30', [2, 6]],
  ['33', '6', [1, 2, 2, 2, 2]],
  ['34', '6', [3, 3, 3]],
  ['39', '347', [3, 7]],
  ['31', '6', [1, 8]],
  ['41', '79', [2, 3, 2, 2]],
  ['46', '70', [2, 3, 4]],
  ['48', '60', [3, 3, 3]],
  ['81', '90', [2, 4, 4]],
  ['86', '138', [3, 4, 4]],
  ['91', '98', [5, 5]],
  ['55', '11', [2, 5, 4]],
  ['61', '4', [3, 3, 3]],
  ['353', '87', [2, 3, 4]],
  ['420', '60', [3, 3, 3]],
  ['971', '50', [2, 3, 4]],
  ['65', '9', [4, 4]],
  ['27', '82', [2, 3, 4]],
]

export function phone(at: Chance): Sample {
  const american = () => [`${2 + at.int(8)}${at.text(digits, 2)}`, `${2 + at.int(8)}${at.text(digits, 2)}`, at.text(digits, 4)] as const
  if (at.maybe(0.35)) {
    const [area, exchange, line] = american()
    const plain = `${area}${exchange}${line}`
    const forms = [
      `(${area}) ${exchange}-${line}`,
      `${area}-${exchange}-${line}`,
      `+1 ${area} ${exchange} ${line}`,
      `+1${plain}`,
      `1-${area}-${exchange}-${line}`,
      `+1 (${area}) ${exchange}-${line}`,
      `${area}.${exchange}.${line}`,
    ]
    return at.maybe(0.15) ? { value: plain, column: 'phone' } : { value: at.pick(forms) }
  }
  const [country, prefix, sizes] = at.pick(plans)
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const number = prefix + at.text(digits, all - prefix.length)
  const groups = grouped(number, sizes, at.pick([' ', ' ', '-', '.']))
  if (at.maybe(0.2)) return { value: `0${groups}`, column: at.pick(['phone', 'mobile', 'contact_phone', 'tel']) }
  return { value: at.pick([`+${country} ${groups}`, `+${country}${number}`, `+${country} (0)${grouped(number, sizes, ' ')}`]) }
}

export function ip(at: Chance): Sample {
  if (at.maybe(0.6)) {
    const first = at.pick([8, 10, 54, 93, 172, 185, 192, 203, 217])
    const hidden = [first, at.int(256), at.int(256), at.int(256)].join('.')
    return { value: at.maybe(0.1) ? `${hidden}:${1024 + at.int(60_000)}` : hidden, hidden }
  }
  const group = () => at.text(hex, 1 + at.int(4)).replace(/^0+(?=.)/, '')
  const network = at.pick(['2001:db8', '2a02:8108', 'fe80', 'fd12:3456', '2600:1f18'])
  const rest = network.split(':').length
  if (at.maybe(0.4)) return { value: [network, ...Array.from({ length: 8 - rest }, group)].join(':') }
  return { value: `${network}::${Array.from({ length: 1 + at.int(7 - rest) }, group).join(':')}` }
}
