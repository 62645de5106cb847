import type { Action, CloseReason, Outcome } from '@sallyport/core'
import type { Dialect, Step } from '@sallyport/gate'

/**
 * The smallest message protocol there is: a line in, a line out, in order. It exists to put the relay through its whole
 * suite without PostgreSQL: `read x` and `write x` are judged, `slow: …` needs an answer from outside first.
 */
export function createLineDialect(): Dialect<string, string> {
  let rest = ''
  let asked = 0
  /** Replies that are due, in the order of questions: a permit that waits for the target, or a line of ours. */
  const due: ({ id: number } | { say: string })[] = []
  const bytes = (text: string) => new TextEncoder().encode(text)
  const lines = new Map<number, string>()
  let replies = ''

  /** Takes lines until one asks something: the direction pauses there. */
  function next(): Step<string>[] {
    const end = rest.indexOf('\n')
    if (end < 0) return []
    const line = rest.slice(0, end)
    rest = rest.slice(end + 1)
    if (line === 'quit') return [{ do: 'end', reason: { code: 'client_closed', message: 'bye' } }]
    const id = ++asked
    lines.set(id, line)
    if (line.startsWith('slow:')) return [{ do: 'need', id, query: line.slice(5).trim() }]
    return [ask(id, line)]
  }

  function ask(id: number, line: string): Step<string> {
    const [verb = '', name = ''] = line.split(' ')
    const known = verb === 'read' || verb === 'write'
    const touches = [{ kind: 'thing', name, access: verb === 'write' ? 'write' : 'read' } as const]
    const action: Action = {
      verb,
      effects: [known ? verb : 'unknown_statement'],
      touches,
      facts: {},
      certainty: known ? 'exact' : 'unknown',
    }
    return { do: 'judge', id, unit: { actions: [action], exact: [bytes(line)], context: {} } }
  }

  /** Our own lines go out as soon as nothing asked earlier is still due. */
  function settle(): Step<string>[] {
    const steps: Step<string>[] = []
    for (let first = due[0]; first && 'say' in first; first = due[0]) {
      steps.push({ do: 'client', bytes: bytes(first.say) })
      due.shift()
    }
    return steps
  }

  function open(outcome: Outcome): Step<string>[] {
    return due.splice(0).flatMap((d) => ('id' in d ? [{ do: 'done', id: d.id, outcome } as const] : []))
  }

  return {
    client(chunk) {
      rest += new TextDecoder('latin1').decode(chunk)
      return next()
    },
    server(chunk) {
      replies += new TextDecoder('latin1').decode(chunk)
      const steps: Step<string>[] = []
      for (let end = replies.indexOf('\n'); end >= 0; end = replies.indexOf('\n')) {
        steps.push({ do: 'client', bytes: bytes(replies.slice(0, end + 1)) })
        replies = replies.slice(end + 1)
        const first = due.shift()
        if (first && 'id' in first) steps.push({ do: 'done', id: first.id, outcome: { status: 'ok', rows: 1 } })
        steps.push(...settle())
      }
      return steps
    },
    permitted(id) {
      due.push({ id })
      return [{ do: 'server', bytes: bytes(`${lines.get(id)}\n`) }, ...next()]
    },
    refused(_id, refusal) {
      due.push({ say: `refused ${refusal.message}\n` })
      return [...settle(), ...next()]
    },
    held: (_id, hold) => [{ do: 'client', bytes: bytes(`held ${hold.rules[0]?.rule}\n`) }],
    answered(id, answer) {
      lines.set(id, answer)
      return [ask(id, answer)]
    },
    cut: (reason: CloseReason) => [
      ...open({ status: 'cancelled' }),
      { do: 'client', bytes: bytes(`cut ${reason.code}\n`) },
      { do: 'end', reason },
    ],
    ended: (side) => [
      ...open({ status: 'unknown' }),
      {
        do: 'end',
        reason:
          side === 'client' ? { code: 'client_closed', message: 'the client left' } : { code: 'target_closed', message: 'the target left' },
      },
    ],
  }
}
