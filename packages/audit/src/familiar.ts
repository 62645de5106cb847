import type { Outcome, StatementDecided, StatementEnded } from '@sallyport/core'
import { encodeAsked, encodeOutcome } from './events.js'
import { encodeLine } from './record.js'
import type { AuditRecord } from './record.js'

/**
 * Knows lines again that differ from an earlier one only where two statements do. It answers a record only for what is its
 * canonical line, letter by letter:
 *
 *     decided:  front  judged  ,asked  around      ended:  front  outcome and duration
 *
 * `front` is a pattern that has one spelling for each value; `judged` and `around` are pieces of a line that was read whole
 * before; the rest is parsed and encoded again. A caller must give to `learn` only what is canonical.
 */
export interface Familiar {
  /** Undefined for what it does not know, canonical or not. */
  read(line: string): AuditRecord | undefined
  learn(line: string, record: AuditRecord): void
}

/** Text that is spelled as it is, and whole numbers. */
const plain = String.raw`"([^"\\\x00-\x1f]*)"`
const hash = '"([0-9a-f]{64})"'
const count = String.raw`([1-9]\d{0,14})`
const whole = String.raw`(0|[1-9]\d{0,14})`

const front = new RegExp(
  String.raw`^\{"v":1,"agent":${plain},"instance":${plain},"spool":${plain},"sequence":${count},"previous":${hash},` +
    String.raw`"session_sequence":${count},"session_previous":${hash},"event":\{"type":"statement\.(decided|ended)",` +
    String.raw`"id":${plain},"at":${whole},"session":${plain},"statement":${plain},`,
)

/** What it finds: all of it, then one piece each. */
type Front = readonly [string, string, string, string, string, string, string, string, string, string, string, string, string]

const outcomeAndDuration = new RegExp(String.raw`^"outcome":(\{[^{}]*\}),"duration":${whole}\}\}$`)

type Judged = Pick<StatementDecided, 'decision' | 'rules' | 'shadow' | 'code' | 'message' | 'actions'>
type Asked = Pick<StatementDecided, 'texts' | 'params'>
type Around = Pick<StatementDecided, 'context' | 'policyVersion' | 'omitted'>

/** Where the pieces meet. Quotes within a text are escaped, but a map may have such keys: `learn` finds out. */
const beginsAsked = ',"texts":['
const beginsAround = ',"context":{'

/** Pieces remembered at once, and the longest one, in characters. */
const mostPieces = 256
const longestPiece = 16 * 1024

export function createFamiliar(): Familiar {
  const judged = new Map<string, Judged>()
  const around = new Map<string, Around>()

  function decidedOf(rest: string, stamp: Stamp): StatementDecided | undefined {
    const pieces = piecesOf(rest)
    const said = pieces && judged.get(pieces.judged)
    const told = pieces && around.get(pieces.around)
    if (pieces === undefined || said === undefined || told === undefined) return undefined
    const asked = parsed(`{${pieces.asked}}`) as Asked | undefined
    if (asked === undefined || encodeAsked(asked) !== pieces.asked) return undefined
    return { type: 'statement.decided', ...stamp, ...said, texts: asked.texts, params: asked.params, ...told }
  }

  return {
    read(line) {
      const found = front.exec(line) as unknown as Front | null
      if (found === null) return undefined
      const [all, agent, instance, spool, sequence, previous, inSession, before, kind, id, at, session, statement] = found
      const rest = line.slice(all.length)
      const stamp = { id, at: Number(at), session, statement }
      const event = kind === 'ended' ? endedOf(rest, stamp) : decidedOf(rest, stamp)
      if (event === undefined) return undefined
      const link = { sequence: Number(inSession), previous: before }
      return { agent, instance, spool, sequence: Number(sequence), previous, session: link, event }
    },
    learn(line, record) {
      const { event } = record
      const begin = event.type === 'statement.decided' ? front.exec(line)?.[0] : undefined
      const pieces = begin === undefined ? undefined : piecesOf(line.slice(begin.length))
      if (event.type !== 'statement.decided' || pieces === undefined) return
      // They are what they are taken for if the line of the same event that asks nothing has them in the same places.
      const bare = encodeLine({ ...record, event: { ...event, texts: [], params: [] } })
      if (bare !== `${begin}${pieces.judged},"texts":[],"params":[]${pieces.around}`) return
      const { decision, rules, shadow, code, message, actions, context, policyVersion, omitted } = event
      const told = { ...(code !== undefined && { code }), ...(message !== undefined && { message }) }
      keep(judged, pieces.judged, { decision, rules, shadow, ...told, actions })
      keep(around, pieces.around, { context, policyVersion, ...(omitted !== undefined && { omitted }) })
    },
  }
}

interface Stamp {
  readonly id: string
  readonly at: number
  readonly session: string
  readonly statement: string
}

interface Pieces {
  readonly judged: string
  readonly asked: string
  readonly around: string
}

function piecesOf(rest: string): Pieces | undefined {
  const asked = rest.indexOf(beginsAsked)
  const around = rest.lastIndexOf(beginsAround)
  if (asked < 0 || around < asked) return undefined
  return { judged: rest.slice(0, asked), asked: rest.slice(asked + 1, around), around: rest.slice(around) }
}

function endedOf(rest: string, stamp: Stamp): StatementEnded | undefined {
  const [, spelled = '', duration] = outcomeAndDuration.exec(rest) ?? []
  const outcome = parsed(spelled) as Outcome | undefined
  if (outcome === undefined || encodeOutcome(outcome) !== spelled) return undefined
  return { type: 'statement.ended', ...stamp, outcome, duration: Number(duration) }
}

/** What it is taken for, if it is JSON at all: encoding it finds out. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function keep<T>(pieces: Map<string, T>, said: string, piece: T): void {
  if (said.length > longestPiece) return
  if (pieces.size >= mostPieces) pieces.clear()
  pieces.set(said, piece)
}
