/**
 * Waits until what was written is what agents enforce. An agent that is away, or that refuses, goes on with what it had:
 * whoever wrote must learn of it.
 */
import { type components, ProblemError, unwrap } from '@sallyport/client'
import { type Api, everyPage } from './api.js'

type Agent = components['schemas']['Agent']

/** All agents at one moment, and the configuration that was the newest then. */
export interface Standing {
  readonly version: string
  readonly agents: readonly Pick<Agent, 'id' | 'state' | 'certificate_expires_at' | 'instances'>[]
}

/** Undefined where the caller may not see agents. */
export type Ask = () => Promise<Standing | undefined>

export interface Acknowledgement {
  readonly agent: string
  /** `refused`: it said why. `waiting`: it is connected and has said nothing. `away`: it is not connected. */
  readonly state: 'acknowledged' | 'refused' | 'waiting' | 'away'
  readonly reason?: string
}

export interface Patience {
  /** Milliseconds in all, and between two looks. */
  readonly total: number
  readonly pause: number
}

const patience: Patience = { total: 10_000, pause: 200 }

export function askAt(api: Api): Ask {
  return async () => {
    let version = ''
    try {
      const { items } = await everyPage(async (query) => {
        const page = await unwrap(api.GET('/v1/agents', { params: { query } }))
        version ||= page.config_version
        return page
      })
      return version === '' ? undefined : { version, agents: items }
    } catch (error) {
      if (error instanceof ProblemError && error.status === 403) return undefined
      throw error
    }
  }
}

/**
 * Call it before the write; what it answers, after. That waits until every connected agent has acknowledged the write or
 * refused it anew, at most as long as the patience lasts. Undefined where the caller may not see agents.
 */
export async function watchAgents(ask: Ask, { total, pause } = patience): Promise<() => Promise<readonly Acknowledgement[] | undefined>> {
  const before = await ask()
  // A refusal that stood already says nothing about the write, until time is over and it still stands.
  const old = new Set(before?.agents.flatMap(({ instances }) => instances.map(complaint)))
  return async () => {
    const deadline = Date.now() + total
    const wanted = (await ask())?.version
    for (;;) {
      const standing = await ask()
      if (standing === undefined || wanted === undefined) return undefined
      const late = Date.now() >= deadline
      const answers = standing.agents.flatMap((agent) => answerOf(agent, { wanted, old: late ? new Set() : old }))
      if (late || answers.every(({ state }) => state !== 'waiting')) return answers
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}

interface Expected {
  readonly wanted: string
  readonly old: ReadonlySet<string>
}

/** None for an agent that enforces nothing any more: revoked, quarantined, or away for longer than its certificate lives. */
function answerOf(
  { id: agent, state, certificate_expires_at: expiry, instances }: Standing['agents'][number],
  expected: Expected,
): readonly Acknowledgement[] {
  if (state === 'disconnected' && Date.parse(expiry) > Date.now()) return [{ agent, state: 'away' }]
  if (state !== 'connected') return []
  const behind = instances.filter(({ connected, config_version: version }) => connected && !reached(version, expected.wanted))
  if (behind.length === 0) return [{ agent, state: 'acknowledged' }]
  const refused = behind.find((instance) => instance.last_error !== null && !expected.old.has(complaint(instance)))
  return [refused?.last_error ? { agent, state: 'refused', reason: refused.last_error } : { agent, state: 'waiting' }]
}

function complaint({ id, last_error: error }: Agent['instances'][number]): string {
  return `${id} ${error ?? ''}`
}

/** Versions are generation.version; the generation counts first. */
function reached(version: string | null, wanted: string): boolean {
  if (version === null) return false
  const [[generation, revision], [wantedGeneration, wantedRevision]] = [parse(version), parse(wanted)]
  return generation === wantedGeneration ? revision >= wantedRevision : generation > wantedGeneration
}

function parse(version: string): readonly [bigint, bigint] {
  const [generation = '0', revision = '0'] = version.split('.')
  return [BigInt(generation), BigInt(revision)]
}
