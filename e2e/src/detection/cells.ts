import { base, en, Faker } from '@faker-js/faker'
import type { DetectorName } from '@sallyport/core'
import { negatives } from './negatives.js'
import { card, email, iban, ip, phone, type Sample, ssn } from './personal.js'
import { harmless, inProse } from './prose.js'
import { type Chance, chance } from './random.js'
import { apiKey, awsKey, connectionString, credential, jwt, passwordHash, privateKey } from './secret.js'

export type Kind = DetectorName

/** A value of a column, and what is in it. */
export interface Cell {
  readonly text: string
  readonly column?: string
  readonly truth?: { readonly kind: Kind; readonly start: number; readonly end: number }
}

export const samples: Readonly<Record<Kind, (at: Chance) => Sample>> = {
  email,
  phone,
  card,
  iban,
  ssn,
  ip,
  jwt,
  aws_key: awsKey,
  api_key: apiKey,
  private_key: privateKey,
  password_hash: passwordHash,
  connection_string: connectionString,
  credential,
}

/** Cells without any value of a kind, for each with one; cells of other kinds come on top. */
const negativesPerKind = 4

/** Cells with a value of each kind, and cells without any; `prose`: in sentences, else alone. The same for the same seed. */
export function labelled(seed: number, perKind: number, prose: boolean): readonly Cell[] {
  const at = chance(seed)
  const faker = new Faker({ locale: [en, base], seed })
  const cells: Cell[] = []
  for (const [kind, sample] of Object.entries(samples) as [Kind, (at: Chance) => Sample][]) {
    for (let i = 0; i < perKind; i++) cells.push(prose ? inProse(kind, told(sample, at), at, faker) : alone(kind, sample(at)))
  }
  const all = Object.values(negatives)
  for (let i = 0; i < negativesPerKind * perKind; i++) cells.push(prose ? harmless(at, faker) : { text: all[i % all.length]!(at, faker) })
  return cells
}

function told(sample: (at: Chance) => Sample, at: Chance): Sample {
  for (;;) {
    const one = sample(at)
    if (!one.alone) return one
  }
}

function alone(kind: Kind, { value, hidden, column }: Sample): Cell {
  const start = hidden === undefined ? 0 : value.indexOf(hidden)
  return { text: value, ...(column === undefined ? {} : { column }), truth: { kind, start, end: start + (hidden ?? value).length } }
}
