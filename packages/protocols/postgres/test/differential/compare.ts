import { fields } from '../play/words.js'
import type { Message } from './splitter.js'

/** How what was told through the gateway relates to what a server said by itself. */
export interface Comparison {
  /** ReadyForQuery up to which both are the same. */
  readonly readies: number
  /** One sentence where they are not. */
  readonly difference?: string
  /** Refusals of the gateway up to there, by SQLSTATE. */
  readonly refusals: readonly string[]
}

/** The same, byte for byte; an error of the gateway's own making, which has no source line, stands only where the server's stands. */
export function compare(gated: readonly Message[], direct: readonly Message[]): Comparison {
  const ours = byReady(gated)
  const theirs = byReady(direct)
  const refusals: string[] = []
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [a, b] = [ours[i] ?? [], theirs[i] ?? []]
    const own = a.find(isOwn)
    if (a.length !== b.length || !a.every((message, k) => alike(message, b[k]))) {
      const difference = `answer ${i}: through the gateway ${spelled(a)}, directly ${spelled(b)}`
      return { readies: i, difference, refusals }
    }
    if (own) refusals.push(codeOf(own))
  }
  return { readies: ours.length, refusals }
}

/** The answers, counted by ReadyForQuery, in which the gateway said no by itself. */
export function refusedAnswers(gated: readonly Message[]): readonly number[] {
  return byReady(gated).flatMap((group, i) => (group.some(isOwn) ? [i] : []))
}

function byReady(messages: readonly Message[]): Message[][] {
  const groups: Message[][] = [[]]
  for (const message of messages) {
    groups.at(-1)?.push(message)
    if (message.type === 'Z') groups.push([])
  }
  return groups.filter((group) => group.length > 0)
}

const isOwn = ({ type, body }: Message) => type === 'E' && !('F' in fields(body))
const codeOf = ({ body }: Message) => fields(body)['C'] ?? ''

function alike(ours: Message, theirs: Message | undefined): boolean {
  if (ours.type !== theirs?.type) return false
  return isOwn(ours) || ours.body.equals(theirs.body)
}

function spelled(group: readonly Message[]): string {
  return group.map(({ type, body }) => `${type}(${body.toString('latin1').slice(0, 160)})`).join(' ') || 'nothing'
}
