import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { compare, type Comparison, refusedAnswers } from './compare.js'
import { fresh } from './ledger.js'
import { type Chapter, spelled } from './scripts.js'
import type { Message } from './splitter.js'
import type { Twins } from './twins.js'

/** What one script showed; `difference` where the gateway is not a server to which what it refuses never parses. */
export interface Agreement {
  readonly difference?: string
  readonly readies: number
  readonly messages: number
  /** By SQLSTATE. */
  readonly refusals: readonly string[]
}

/** A number below `of`, by which everything that is random about a run is chosen. */
export type Choose = (of: number) => number

export async function agree(twins: Twins, script: readonly Chapter[], choose: Choose): Promise<Agreement> {
  await twins.both(fresh)
  const gated = await throughGateway(twins, script, choose)
  const refused = refusedAnswers(gated).map((answer) => chaptersOf(script, answer))
  const chosen = script.map(({ direct, choice }, i) => (refused.some((one) => one.includes(i)) ? direct.length - 1 : choice))
  let found = compare(gated, await directly(twins, script, chosen))
  while (found.difference !== undefined) {
    const better = await otherwiseRefused(twins, { script, chosen, gated, readies: found.readies })
    if (!better) break
    found = better
  }
  const { difference, readies, refusals } = found
  return { ...(difference && { difference: `${difference}\n${spelled(script)}` }), readies, refusals, messages: gated.length }
}

/** Which chapters an answer may belong to: where a COPY may have been answered twice, more than one. */
function chaptersOf(script: readonly Chapter[], answer: number): readonly number[] {
  let least = 0
  let most = 0
  return script.flatMap(({ readies, more }, i) => {
    const here = least <= answer && answer < most + readies + more
    least += readies
    most += readies + more
    return here ? [i] : []
  })
}

interface Attempt {
  readonly script: readonly Chapter[]
  readonly chosen: number[]
  readonly gated: readonly Message[]
  readonly readies: number
}

/** Which part of the chapter it was that the gateway refused is not told: the others are tried where the answers part. */
async function otherwiseRefused(twins: Twins, { script, chosen, gated, readies }: Attempt): Promise<Comparison | undefined> {
  for (const i of chaptersOf(script, readies)) {
    const before = chosen[i] ?? 0
    for (let variant = (script[i]?.direct.length ?? 0) - 1; variant >= 0; variant--) {
      if (variant === before) continue
      chosen[i] = variant
      await twins.both(fresh)
      const found = compare(gated, await directly(twins, script, chosen))
      if (found.readies > readies) return found
    }
    chosen[i] = before
  }
  return undefined
}

async function directly(twins: Twins, script: readonly Chapter[], chosen: readonly number[]): Promise<readonly Message[]> {
  const line = await twins.direct()
  try {
    for (const [i, { gated, direct }] of script.entries()) line.say(direct[chosen[i] ?? 0] ?? gated)
    await line.over()
    return line.heard
  } finally {
    line.close()
  }
}

/** In pieces of any size, waiting for answers or not. */
async function throughGateway(twins: Twins, script: readonly Chapter[], choose: Choose): Promise<readonly Message[]> {
  const line = await twins.gated((length) => Array.from({ length: Math.min(length, choose(8)) }, () => 1 + choose(60)))
  let due = 0
  try {
    for (const { gated, readies } of script) {
      for (let at = 0; at < gated.length;) {
        const end = at + 1 + choose(90)
        line.say(gated.slice(at, end))
        at = end
        // Now and then long enough for an answer to come in the middle of what is said.
        if (choose(3) === 0) await (choose(4) === 0 ? sleep(2) : nextTurn())
      }
      due += readies
      if (choose(2) === 0) await line.ready(due)
    }
    await line.over()
    return line.heard
  } finally {
    line.close()
  }
}
