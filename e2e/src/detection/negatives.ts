import type { Faker } from '@faker-js/faker'
import { hosts } from './places.js'
import { alnum, type Chance, digits, hex, large, small } from './random.js'

/** What is like something that is looked for, and is nothing of the kind. */
export type Negative = (at: Chance, faker: Faker) => string

const two = (value: number) => String(value).padStart(2, '0')
const number = (at: Chance, length: number) => `${1 + at.int(9)}${at.text(digits, length - 1)}`
const uuid = (at: Chance) => `${at.text(hex, 8)}-${at.text(hex, 4)}-4${at.text(hex, 3)}-a${at.text(hex, 3)}-${at.text(hex, 12)}`

function moment(at: Chance): string {
  const date = `20${two(at.int(40))}-${two(1 + at.int(12))}-${two(1 + at.int(28))}`
  const time = `${two(at.int(24))}:${two(at.int(60))}:${two(at.int(60))}`
  const zone = at.pick(['', 'Z', '+00', '+02:00', '-05:30', ' UTC'])
  return at.pick([
    date,
    `${date} ${time}${zone}`,
    `${date}T${time}.${at.text(digits, 3)}${zone}`,
    `${date.slice(8)}.${date.slice(5, 7)}.${date.slice(0, 4)}`,
    date.replaceAll('-', '/'),
    date.replaceAll('-', ''),
    `${date.replaceAll('-', '')}${time.replaceAll(':', '')}`,
  ])
}

/** Sixteen digits as a card has them, and the last one is not the one that the others ask for. */
function noCard(at: Chance): string {
  const body = at.pick(['4', '51', '6011', '2221']) + at.text(digits, 14)
  const fifteen = body.slice(0, 15)
  let sum = 0
  for (let i = 0; i < 15; i++) {
    const one = Number(fifteen[i]) * (i % 2 === 0 ? 2 : 1)
    sum += one > 9 ? one - 9 : one
  }
  const wrong = fifteen + String((10 - (sum % 10) + 1 + at.int(8)) % 10)
  return at.maybe(0.5) ? wrong : wrong.match(/.{4}/g)!.join(at.pick([' ', '-']))
}

/** Check digits of none: those of a sound number are 02 to 98, and one of them fits. */
const noIban = (at: Chance) => `${at.pick(['DE', 'GB', 'FR', 'NL', 'ES'])}${at.pick(['00', '01', '99'])}${at.text(digits, 18)}`

const noSsn = (at: Chance) =>
  at.pick([
    `000-${at.text(digits, 2)}-${at.text(digits, 4)}`,
    `666-12-${at.text(digits, 4)}`,
    `9${at.text(digits, 2)}-00-${at.text(digits, 4)}`,
    `123-00-${at.text(digits, 4)}`,
    `123-45-0000`,
    `${at.text(digits, 3)}-${at.text(digits, 2)}-${at.text(digits, 5)}`,
  ])

export const negatives: Readonly<Record<string, Negative>> = {
  'order number': (at) =>
    at.pick([`ORD-${number(at, 8)}`, `#${number(at, 6)}`, `PO ${number(at, 9)}`, `INV-2024-${number(at, 6)}`, number(at, 6 + at.int(4))]),
  'serial number': (at) => at.pick([number(at, 10), number(at, 12), number(at, 18)]),
  identifier: (at) => String(1 + at.int(10 ** (1 + at.int(9)))),
  'moment since 1970': (at) => `1${4 + at.int(4)}${at.text(digits, at.pick([8, 11]))}`,
  'date and time': moment,
  'git commit': (at) => at.text(hex, at.pick([7, 40])),
  digest: (at) => at.pick([at.text(hex, 32), at.text(hex, 64), `sha256:${at.text(hex, 64)}`, `sha512-${at.text(alnum, 86)}==`]),
  uuid: (at) => (at.maybe(0.2) ? uuid(at).toUpperCase() : uuid(at)),
  'product code': (at) =>
    at.pick([
      `SKU-${at.text(large, 3)}-${at.text(digits, 5)}`,
      `${at.text(large, 2)}${at.text(digits, 4)}-${at.text(digits, 2)}`,
      `${at.text(digits, 3)}.${at.text(digits, 3)}.${at.text(digits, 2)}`,
      `978-3-${at.text(digits, 2)}-${at.text(digits, 6)}-${at.int(10)}`,
    ]),
  version: (at) =>
    at.pick([
      `${at.int(30)}.${at.int(20)}.${at.int(99)}`,
      `v${at.int(9)}.${at.int(20)}.${at.int(99)}-rc.${at.int(9)}`,
      `10.0.${19_041 + at.int(6000)}.${at.int(9000)}`,
      `Chrome/1${at.text(digits, 2)}.0.${5000 + at.int(2000)}.${at.int(200)}`,
      `version 1.2.${at.int(99)}.${at.int(9)}`,
      `^${at.int(9)}.${at.int(9)}.0`,
    ]),
  'fraction or coordinate': (at) =>
    at.pick([
      `${at.int(1000)}.${at.text(digits, 6)}`,
      `-${at.int(180)}.${at.text(digits, 7)}`,
      `+${at.int(90)}.${at.text(digits, 5)}`,
      `${at.int(10)}.${at.text(digits, 15)}`,
      `${at.int(9)}.${at.text(digits, 4)}e+${two(at.int(20))}`,
      `(${at.int(90)}.${at.text(digits, 6)}, ${at.int(90)}.${at.text(digits, 6)})`,
    ]),
  money: (at) =>
    at.pick([
      `$${number(at, 3)},${at.text(digits, 3)}.${at.text(digits, 2)}`,
      `${number(at, 5)}.00 EUR`,
      `${number(at, 4)},${at.text(digits, 2)} €`,
    ]),
  'card number with a wrong check digit': noCard,
  'account number with wrong check digits': noIban,
  'social security number that none is given': noSsn,
  'login at a host': (at) =>
    at.pick([
      `${at.pick(['root', 'deploy', 'postgres', 'git'])}@${at.pick(['db-01', 'localhost', 'web1.internal', 'node-3.cluster.local', 'ip-10-0-0-1'])}`,
      `git@github.com:acme/${at.text(small, 6)}.git`,
      `deploy@web1.shop.example:/var/www`,
      `ssh://git@host.example/${at.text(small, 5)}`,
    ]),
  package: (at) =>
    at.pick([
      `@${at.text(small, 5)}/${at.text(small, 7)}`,
      `@types/node@20.${at.int(20)}.${at.int(9)}`,
      `${at.text(small, 5)}@${at.int(20)}.${at.int(9)}.0-beta.${at.int(9)}`,
      `@app.route("/${at.text(small, 4)}")`,
      '@Override',
      `@pytest.mark.parametrize`,
      `actions/checkout@v${at.int(6)}`,
      `golang.org/x/net@v0.${at.int(30)}.0`,
      `nginx@sha256:${at.text(hex, 64)}`,
    ]),
  file: (at) =>
    at.pick([
      `icon@2x.png`,
      `logo-${at.text(digits, 3)}@3x.webp`,
      `/var/log/app-${moment(at).slice(0, 10)}.log`,
      `C:\\Users\\jane\\${at.text(small, 6)}.docx`,
      `getty@tty1.service`,
    ]),
  program: (at) =>
    at.pick([
      'std::vector<int>::iterator',
      'a::b',
      'DB::connect()',
      'x::date AS d, y::face',
      `if (a[${at.int(99)}] == 0x${at.text(hex, 8)})`,
      `password: String!`,
      `password=os.environ["DB_PASSWORD"]`,
      'const token = await getToken(request)',
      '`secret: ${SECRET}`',
      'token: z.string().optional()',
      'postgres://user:${PASSWORD}@db/shop',
      'postgres://localhost:5432/shop',
      'https://shop.example:8443/a/@me',
      `<input type="password" name="password">`,
    ]),
  'physical address': (at) => Array.from({ length: 6 }, () => at.text(hex, 2)).join(at.pick([':', '-'])),
  'no host': (at) =>
    at.pick([
      '127.0.0.1',
      '::1',
      '0.0.0.0',
      '255.255.255.0',
      `${at.int(24)}:${two(at.int(60))}:${two(at.int(60))}`,
      `${at.int(200)}.${at.int(200)}.${at.int(200)}.${256 + at.int(700)}`,
      `1.2.3.4.${at.int(99)}`,
    ]),
  'dotted words': (at) => `${at.text(small, 6)}.${at.text(small, 8)}.${at.text(alnum, 30)}`,
  'page token': (at) => Buffer.from(`{"after":${at.int(1e9)},"dir":"asc"}`).toString('base64url'),
  hostname: (at) => at.pick([...hosts.filter((host) => /[a-z]/.test(host)), 'api.github.com', 'ec2-54-1-2-3.compute.amazonaws.com']),
  name: (_at, faker) => faker.person.fullName(),
  address: (_at, faker) => faker.location.streetAddress({ useFullAddress: true }),
  city: (_at, faker) => `${faker.location.zipCode()} ${faker.location.city()}, ${faker.location.country()}`,
  company: (_at, faker) => `${faker.company.name()}: ${faker.company.catchPhrase()}`,
  prose: (_at, faker) => faker.lorem.sentences({ min: 1, max: 4 }),
  change: (_at, faker) => faker.git.commitEntry({ merge: false }).replaceAll(/<[^>]*>/g, ''),
  emoji: (at, faker) => `${faker.internet.emoji()} ${faker.word.words(3)} ${at.pick(['🎉', '👍🏽', '🇩🇪', '@', '#1'])}`,
  agent: (_at, faker) => faker.internet.userAgent(),
  json: (at, faker) =>
    JSON.stringify({
      id: at.int(1e9),
      uuid: uuid(at),
      name: faker.commerce.productName(),
      price: faker.commerce.price(),
      at: moment(at),
      tags: ['a', 'b'],
      ok: at.maybe(0.5),
    }),
  boolean: (at) => at.pick(['t', 'f', 'true', 'null', '', '0', 'N/A']),
}
