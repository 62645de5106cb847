import { postgres } from '../../../packages/protocols/postgres/src/index.js'
import { fieldsOf, type Message } from '@sallyport/testkit'
import type { Verdict } from './cases.js'

/** What the bytes that a client got say about the verdict; `withheld`: refused only because this build masks nothing yet. */
export type Seen = Verdict | 'withheld'

export const masking = postgres.obligations.mask !== 'refused'

/** A refusal of the gateway's own making has no source line. */
const isOwn = (one: Message) => one.type === 'E' && fieldsOf(one)['F'] === undefined

export function refusalsIn(heard: readonly Message[]): readonly Readonly<Record<string, string>>[] {
  return heard.filter(isOwn).map(fieldsOf)
}

const unmasked = /may only be shown masked|not known which columns/

/** Something in it is owed a mask, which this build does not make. */
export function isWithheld(heard: readonly Message[]): boolean {
  return !masking && refusalsIn(heard).some(({ M = '' }) => unmasked.test(M))
}

export function seenIn(heard: readonly Message[], direct: readonly Message[] | undefined): Seen {
  const refusals = refusalsIn(heard).map(({ M = '' }) =>
    M.includes('needs approval') ? 'approve' : !masking && unmasked.test(M) ? 'withheld' : 'deny',
  )
  const [worst] = (['deny', 'approve', 'withheld'] as const).filter((each) => refusals.includes(each))
  if (worst) return worst
  return direct && differences(heard, direct).length === 0 ? 'allow' : 'mask'
}

/** Where two answers to one question part; a mask changes values, and nothing else. */
export function differences(heard: readonly Message[], direct: readonly Message[]): readonly string[] {
  const [ours, theirs] = [heard, direct].map((messages) => messages.filter(isAnswer))
  if (ours!.length !== theirs!.length) return [`${spelled(ours!)} instead of ${spelled(theirs!)}`]
  return ours!.flatMap((one, i) => (one.type === theirs![i]!.type && one.body.equals(theirs![i]!.body) ? [] : [`${i}: ${spelled([one])}`]))
}

/** What is reported of settings comes when it likes; the gateway puts its label into one of them. */
const isAnswer = ({ type }: Message) => type !== 'S'

export const spelled = (messages: readonly Message[]) =>
  messages.map(({ type, body }) => `${type}(${body.toString('latin1').slice(0, 120)})`).join(' ')

/**
 * What only a masked answer may do to a direct one: other values in the columns that show a secret, or, where all of it was
 * made of one, everywhere.
 */
export function maskedWrongly(heard: readonly Message[], direct: readonly Message[], derived: boolean): readonly string[] {
  const [ours, theirs] = [heard, direct].map((messages) => messages.filter(isAnswer))
  if (spelledTypes(ours!) !== spelledTypes(theirs!)) return [`${spelled(ours!).slice(0, 500)} instead of ${spelled(theirs!).slice(0, 500)}`]
  const secret = secretColumns(theirs!)
  return ours!.flatMap((one, i) => {
    const other = theirs![i]!
    if (one.type !== 'D') return one.body.equals(other.body) ? [] : [`${spelled([one])} instead of ${spelled([other])}`]
    const cells = valuesOf(other)
    return valuesOf(one).flatMap((value, column) => {
      const clear = cells[column] ?? null
      const same = value === clear || (value !== null && clear !== null && value.equals(clear))
      const must = clear !== null && (derived || isSecret(clear))
      // A constant that shares its column with a secret may be masked with it, or belong to another portal.
      if (must ? !same : same || secret.has(column)) return []
      return [`row ${i}, column ${column}: ${value?.toString('latin1')} for ${clear?.toString('latin1')}`]
    })
  })
}

function secretColumns(answer: readonly Message[]): ReadonlySet<number> {
  const rows = answer.filter(({ type }) => type === 'D').map(valuesOf)
  return new Set(rows.flatMap((row) => row.flatMap((value, column) => (value !== null && isSecret(value) ? [column] : []))))
}

const spelledTypes = (messages: readonly Message[]) => messages.map(({ type }) => type).join('')

/** Values of a DataRow as bytes. */
function valuesOf({ body }: Message): readonly (Buffer | null)[] {
  const values: (Buffer | null)[] = []
  for (let at = 2; at < body.length;) {
    const length = body.readInt32BE(at)
    values.push(length < 0 ? null : body.subarray(at + 4, at + 4 + length))
    at += 4 + Math.max(length, 0)
  }
  return values
}

/** The addresses of the table that the corpus masks, as they are and as they travel in other clothes. */
const clear = '@example.com'
const forms: readonly string[] = [
  clear,
  clear.toUpperCase(),
  Array.from(clear).toReversed().join(''),
  Buffer.from(clear).toString('hex'),
  Buffer.from(clear).toString('hex').toUpperCase(),
  encodeURIComponent(clear),
  ...[0, 1, 2].map((offset) => Buffer.from('x'.repeat(offset) + clear).toString('base64').slice(offset === 0 ? 0 : 4, -4)),
]

export function isSecret(bytes: Buffer): boolean {
  const text = bytes.toString('latin1')
  return forms.some((form) => text.includes(form))
}

/** Messages that show a secret which the client did not itself say. */
export function leaks(heard: readonly Message[], said: string): readonly string[] {
  const own = new Set(said.match(/[\w.]*@example\.com/g))
  const shown = ({ body }: Message) => [...own].reduce((text, each) => text.replaceAll(each, ''), body.toString('latin1'))
  return heard.filter((one) => isSecret(Buffer.from(shown(one), 'latin1'))).map((one) => spelled([one]))
}
