import type { Faker } from '@faker-js/faker'
import { type Negative, negatives } from './negatives.js'
import type { Sample } from './personal.js'
import type { Chance } from './random.js'
import type { Cell, Kind } from './cells.js'

/** Sentences around a value. Those of the second list say what it is, for values that only a word tells. */
const plain = [
  'Customer wrote from {} yesterday, please answer.',
  'Forwarded by support: {} (see ticket).',
  'We have {} on file; is that still right?',
  'NOTE: {}',
  '- {}\n- next item',
  'Found "{}" in the export.',
  'old={}; new=unknown',
  '{} was in the log at 10:15.',
  'Bitte {} löschen, danke! 🙏',
  '<p>{}</p>',
  'Er schrieb „{}“ dazu.',
  '他写道：{}。',
  'see\u00a0{}\u00a0please',
]

const told: Readonly<Record<Kind, readonly string[]>> = {
  email: ['Mail me at {}.', 'contact: {}, thanks', 'From: Jane <{}>'],
  phone: ['Call me on {} after six.', 'Phone: {}', 'My mobile number is {}, my fax is broken.', 'Tel. {} (office)'],
  card: ['My card {} was charged twice.', 'Paid with Visa {} yesterday', 'credit card: {}, exp 04/27', 'PAN={}'],
  iban: ['Please transfer to {}.', 'IBAN: {}', 'Konto {} bei der Bank'],
  ssn: ['SSN: {}', 'Her social security number is {}.', 'applicant ssn {} verified'],
  ip: ['Login from {} failed.', 'client {} - - [GET /]', 'blocked IP {} for an hour'],
  jwt: ['Authorization: {}', 'token={}', 'decoded {} by hand'],
  aws_key: ['aws_secret_access_key = {}', 'AWS key {}', 'export AWS_SECRET={}'],
  api_key: ['the key {} leaked', 'token: {}', 'use {} in CI'],
  private_key: ['attached:\n{}\nregards', 'key: {}'],
  password_hash: ['stored as {} in users', 'hash: {}', "('{}')"],
  connection_string: ['connect with {}', 'DATABASE_URL="{}"', 'dsn: {}'],
  credential: ['please set {} and retry', '{}', 'config:\n{}\n'],
}

/** A text with one value in it, in surroundings that hold hard negatives as well. */
export function inProse(kind: Kind, { value, hidden, column }: Sample, at: Chance, faker: Faker): Cell {
  const sentence = at.pick(column !== undefined || at.maybe(0.5) ? told[kind] : plain)
  const before = at.maybe(0.6) ? `${noise(at, faker)} ` : ''
  const after = at.maybe(0.6) ? ` ${noise(at, faker)}` : ''
  const [left, right] = sentence.split('{}') as [string, string]
  const start = before.length + left.length + (hidden === undefined ? 0 : value.indexOf(hidden))
  return { text: `${before}${left}${value}${right}${after}`, truth: { kind, start, end: start + (hidden ?? value).length } }
}

const quiet: readonly Negative[] = ['prose', 'company', 'name', 'change', 'emoji', 'date and time', 'uuid', 'order number', 'version'].map(
  (name) => negatives[name]!,
)

export const noise = (at: Chance, faker: Faker): string => at.pick(quiet)(at, faker)

/** A text with nothing in it but what is like something. */
export function harmless(at: Chance, faker: Faker): Cell {
  const negative = at.pick(Object.values(negatives))(at, faker)
  const text = at.pick(plain).replace('{}', () => negative)
  return { text: at.maybe(0.5) ? `${noise(at, faker)} ${text}` : text }
}
