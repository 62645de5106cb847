/**
 * The rows of both twins. Only what a mask hides differs: anything under redact and nullify, the hidden part under a
 * partial mask, under hash every text by the same renaming of letters and digits. Every value is as long as its twin, so
 * that rows lie in the same places.
 */
export type Twin = 0 | 1

/** As SQL; two where the twins differ. */
type Cell = string | readonly [string, string]

interface Filling {
  readonly into: string
  readonly rows: readonly (readonly Cell[])[]
}

/** Numbers of a seed, below `of`: mulberry32. */
type Random = (of: number) => number

function seeded(seed: number): Random {
  let state = seed
  return (of) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % of
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
const quoted = (text: string) => `'${text}'`
const both = (make: () => string): readonly [string, string] => [quoted(make()), quoted(make())]

/** A bijection that keeps lengths. */
function renamed(text: string): string {
  return text.replaceAll(/[a-z0-9]/g, (one) =>
    one >= 'a' ? (letters[(letters.indexOf(one) + 13) % 26] ?? one) : `${(Number(one) * 7 + 3) % 10}`,
  )
}

const hashed = (text: string): readonly [string, string] => [quoted(text), quoted(renamed(text))]

/** Statements that put a twin into its first state. */
export function filling(twin: Twin, seed: number): readonly string[] {
  const all = fillings(seeded(seed))
  const names = all.map(({ into }) => into.split(' ')[0]).join(', ')
  return [`truncate ${names}`, 'alter sequence tickets restart', ...all.map(inserted)]

  function inserted({ into, rows }: Filling): string {
    const values = rows.map((row) => `(${row.map((cell) => (typeof cell === 'string' ? cell : cell[twin])).join(', ')})`)
    return `insert into ${into} values ${values.join(', ')}`
  }
}

function fillings(random: Random): readonly Filling[] {
  const word = (length: number) => Array.from({ length }, () => letters[random(26)]).join('')
  const digits = (length: number) => Array.from({ length }, (_, i) => (i === 0 ? 1 + random(9) : random(10))).join('')
  const one = <T>(...list: readonly [T, ...T[]]): T => list[random(list.length)] ?? list[0]
  const rows = (count: number, row: (i: number) => readonly Cell[]) => Array.from({ length: count }, (_, i) => row(i + 1))
  /** First letters in two orders, and different for every row. */
  const local = (i: number, twin: Twin) => `${letters[(i * (twin === 0 ? 5 : 11)) % 26]}${word(5)}`
  const mail = (i: number): Cell => {
    const domain = one('example.com', 'example.org', 'mail.test')
    return [quoted(`${local(i, 0)}@${domain}`), quoted(`${local(i, 1)}@${domain}`)]
  }
  const day = () => `${digits(1)}-${1 + random(9)}`.replace(/(\d)-(\d)/, '0$1-0$2')
  const cards = Array.from({ length: 9 }, () => `4${digits(15)}`)
  const card = (i: number): Cell => (i % 7 === 0 ? 'null' : hashed(cards[random(cards.length)] ?? ''))
  const pin = () => `${1000 + random(9000)}`
  const bytes = () => `\\x${Array.from({ length: 4 }, () => (16 + random(240)).toString(16)).join('')}`
  const uuid = () => `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`
  const profile = () => `{"${word(4)}": "${word(6)}", "${word(3)}": ${pin()}, "l": ["${word(2)}", null]}`

  return [
    {
      into: 'customers (id, name, email, phone, card_number, ssn, credit, born, profile, aliases, city, active, joined, score, note)',
      rows: rows(24, (i) => [
        `${i}`,
        quoted(`Customer ${i}`),
        mail(i),
        // Equal ones are in one twin only.
        [quoted(`+49123450${i % 4}`), quoted(`+4${digits(8)}`)],
        card(i),
        i % 6 === 0 ? 'null' : both(() => `${digits(3)}-${digits(2)}-${digits(4)}`),
        [pin(), pin()],
        both(() => `${1950 + i}-${day()}`),
        both(profile),
        [0, 1].map((twin) => {
          const list = [`al${i % 5}`, `b${i}x`].map((text) => (twin === 0 ? text : renamed(text)))
          return i % 8 === 0 ? 'null' : `array['${list[0]}', null, '${list[1]}']`
        }) as unknown as Cell,
        one(`'Oslo'`, `'Zürich'`, 'null', `'東京'`),
        `${i % 3 !== 0}`,
        `timestamptz '2024-02-28 12:00Z' + interval '${i} days'`,
        `${digits(3)}.${digits(2)}`,
        one('null', quoted(word(5)), quoted(word(9))),
      ]),
    },
    {
      into: 'accounts (id, customer_id, mailbox, card_number, iban, pin, contact, balance, opened)',
      rows: rows(20, (i) => {
        const tail = digits(4)
        return [
          `${100 + i}`,
          `${1 + ((i * 5) % 24)}`,
          mail(i),
          card(i),
          [quoted(`DE${digits(14)}${tail}`), quoted(`DE${digits(14)}${tail}`)],
          i % 5 === 0 ? 'null' : [pin(), pin()],
          [`row('${word(4)}', '${word(8)}')::contact`, `row('${word(4)}', '${word(8)}')::contact`],
          `${digits(4)}.${digits(2)}`,
          quoted(`2023-0${1 + (i % 9)}-11`),
        ]
      }),
    },
    {
      into: 'orders',
      rows: rows(40, (i) => [
        `${i}`,
        `${1 + (i % 24)}`,
        `${digits(3)}.${digits(2)}`,
        one(`'new'`, `'paid'`, `'sent'`),
        `timestamptz '2024-02-28 12:00Z' + interval '${i * 7} hours'`,
        one('null', quoted(word(4))),
        quoted(`{"n": ${i}, "s": "k${i % 3}", "l": [${i}, null, true]}`),
      ]),
    },
    {
      into: 'products',
      rows: rows(10, (i) => [
        `${i}`,
        quoted(`Product ${i}`),
        `${i}.5`,
        `${digits(4)}.25`,
        quoted(bytes()),
        quoted(`${i} days 2 hours`),
        quoted(uuid()),
      ]),
    },
    {
      into: 'lines',
      rows: rows(60, (i) => [`${1 + ((i * 7) % 40)}`, `${1 + Math.floor((i - 1) / 6)}`, `${1 + (i % 9)}`, `${digits(2)}.5`]),
    },
    {
      into: 'letters',
      rows: rows(24, (i) => [
        `${i}`,
        quoted(`202${3 + (i % 2)}-${day()}`),
        `${1 + (i % 24)}`,
        i % 9 === 0 ? 'null' : both(() => `Dear ${word(7)}`),
        `${i * 3}`,
      ]),
    },
    { into: 'people', rows: rows(8, (i) => [`${i}`, quoted(`Person ${i}`), both(() => word(9)), `${i % 3}`]) },
    {
      into: 'staff (id, name, secret, rank, salary, desk)',
      rows: rows(6, (i) => [
        `${50 + i}`,
        quoted(`Staff ${i}`),
        both(() => word(9)),
        `${i % 3}`,
        [`${digits(5)}.${digits(2)}`, `${digits(5)}.${digits(2)}`],
        quoted(`D${i}`),
      ]),
    },
    {
      into: 'vault',
      rows: rows(6, (i) => [
        `${i}`,
        quoted(`hint ${i}`),
        both(() => word(8)),
        both(bytes),
        both(() => `${word(4)} ${word(6)}`),
        both(() => `10.${digits(2)}.${digits(2)}.${digits(2)}`),
        both(() => `[${digits(2)},${100 + random(900)})`),
        both(() => `2023-${day()} 10:${10 + random(50)}:00Z`),
        [`${i % 2 === 0}`, `${i % 3 === 0}`],
        both(() => `(${digits(1)},${digits(1)})`),
        both(uuid),
        both(() => one('sad', 'dim', 'gay')),
        both(() => `${1 + random(9)} days`),
        [`${digits(3)}.5`, `${digits(3)}.25`],
        [pin(), pin()],
        [digits(15), digits(15)],
        both(() => `{2023-${day()},2022-${day()}}`),
        i % 2 === 0 ? [quoted(word(4)), 'null'] : ['null', quoted(word(4))],
        i % 2 === 0 ? ['null', quoted(word(4))] : [quoted(word(4)), 'null'],
      ]),
    },
  ]
}
