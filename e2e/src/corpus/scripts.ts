import { type ScriptCase, scripts } from './cases.js'
import type { Ground } from './ground.js'
import { type Played, play } from './steps.js'

/** The scripts of protocol steps of the corpus, one session each. */
export interface ScriptRun {
  readonly one: ScriptCase
  readonly gated: Played
  /** Of what should be let through. */
  readonly direct: Played | undefined
  readonly changed: string
}

export async function playAll(ground: Ground): Promise<readonly ScriptRun[]> {
  const all: ScriptRun[] = []
  for (const one of scripts.filter(({ min_pg: since = 0 }) => since <= ground.major)) {
    const before = await ground.fingerprint()
    const gated = await play(one, ground.gateway, ground)
    // What another session does meanwhile is a change of its own.
    const after = one.steps.some(({ meanwhile }) => meanwhile !== undefined) ? before : await ground.fingerprint()
    // What must be refused would do at a target what it is refused for.
    const through = one.expect === 'allow' || one.expect === 'mask'
    const direct = through && one.steps[0]?.startup ? await play(one, ground.direct, ground) : undefined
    all.push({ one, gated, direct, changed: before === after ? '' : `${before} became ${after}` })
  }
  return all
}
