import { setImmediate as nextTurn } from 'node:timers/promises'
import { compare } from './compare.js'
import { type Chapter, fresh, spelled } from './scripts.js'
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
  const chosen = script.map(({ choice }) => choice)
  let found = compare(gated, await directly(twins, script, chosen))
  while (found.refused) {
    const better = await oneMoreRefused(twins, { script, chosen, gated, readies: found.readies })
    if (!better) break
    found = better
  }
  const { difference, readies, refusals } = found
  return { ...(difference && { difference: `${difference}\n${spelled(script)}` }), readies, refusals, messages: gated.length }
}

interface Attempt {
  readonly script: readonly Chapter[]
  readonly chosen: number[]
  readonly gated: readonly Message[]
  readonly readies: number
}

/** The gateway refused there by itself: the server must do the same when that part is what no server can parse. */
async function oneMoreRefused(twins: Twins, { script, chosen, gated, readies }: Attempt): Promise<ReturnType<typeof compare> | undefined> {
  let least = 0
  let most = 0
  for (const [i, chapter] of script.entries()) {
    const here = least <= readies && readies < most + chapter.readies + chapter.more
    least += chapter.readies
    most += chapter.readies + chapter.more
    if (!here) continue
    const before = chosen[i] ?? 0
    for (let variant = chapter.direct.length - 1; variant > 0; variant--) {
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
        if (choose(3) === 0) await nextTurn()
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
