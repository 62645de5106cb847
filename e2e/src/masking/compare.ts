import { fields } from '../../../packages/protocols/postgres/test/play/words.js'
import type { Message } from '../../../packages/protocols/postgres/test/differential/splitter.js'

/**
 * Whether two streams to a client say the same, byte for byte. What may differ is this and nothing else: the process that
 * a NotificationResponse comes from, and tokens, which must be renamed one to one over the whole run.
 */
export interface Comparer {
  /** One sentence where they differ first, with both messages. */
  difference(ours: readonly Message[], theirs: readonly Message[]): string | undefined
  /** Different tokens seen. */
  tokens(): number
}

const token = /tok_\d+_[a-z2-7]{26}/g

export function createComparer(): Comparer {
  const there = new Map<string, string>()
  const back = new Map<string, string>()

  /** One token stands where the other does, now and always. */
  function paired(ours: string, theirs: string): boolean {
    if ((there.get(ours) ?? theirs) !== theirs || (back.get(theirs) ?? ours) !== ours) return false
    there.set(ours, theirs)
    back.set(theirs, ours)
    return true
  }

  function same(ours: Message, theirs: Message): boolean {
    if (ours.type !== theirs.type) return false
    const [a, b] = [told(ours), told(theirs)]
    const [left, right] = [a.match(token) ?? [], b.match(token) ?? []]
    if (left.length !== right.length || a.replaceAll(token, 'tok') !== b.replaceAll(token, 'tok')) return false
    return left.every((one, i) => paired(one, right[i] ?? ''))
  }

  return {
    tokens: () => there.size,
    difference(ours, theirs) {
      for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
        const [a, b] = [ours[i], theirs[i]]
        if (a && b && same(a, b)) continue
        return `message ${i}${a && b ? `, byte ${firstDifference(a, b)}` : ''}:\n  ${spelled(a)}\n  ${spelled(b)}`
      }
      return undefined
    },
  }
}

/** Every byte one character. */
function told({ type, body }: Message): string {
  return body.toString('latin1', type === 'A' ? 4 : 0)
}

function firstDifference(a: Message, b: Message): number {
  for (let at = 0; ; at++) if (a.body[at] !== b.body[at] || at >= a.body.length) return at
}

export function spelled(message: Message | undefined): string {
  if (!message) return 'nothing'
  const { type, body } = message
  if (type === 'E' || type === 'N') return `${type} ${JSON.stringify(fields(body))}`
  if (type === 'D') return `D ${JSON.stringify(cells(body))}`
  return `${type} ${JSON.stringify(body.toString('utf8'))}`
}

/** Values of a DataRow: text as it is, other bytes in hex. */
function cells(body: Buffer): readonly (string | null)[] {
  const values: (string | null)[] = []
  for (let at = 2; at < body.length;) {
    const length = body.readInt32BE(at)
    const value = body.subarray(at + 4, at + 4 + Math.max(length, 0))
    const text = value.toString('utf8')
    values.push(length < 0 ? null : Buffer.from(text).equals(value) && !/\p{Cc}/u.test(text) ? text : `\\x${value.toString('hex')}`)
    at += 4 + Math.max(length, 0)
  }
  return values
}
