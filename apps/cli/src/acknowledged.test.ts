import { expect, it } from 'vitest'
import { type Standing, watchAgents } from './acknowledged.js'

type Agent = Standing['agents'][number]

const agent = (id: string, version: string | null, more: Partial<Agent> & { readonly error?: string } = {}): Agent => ({
  id,
  state: 'connected',
  certificate_expires_at: '2999-01-01T00:00:00Z',
  instances: [
    {
      id: `ins_${id}`,
      connected: true,
      seen_at: null,
      config_acknowledged_at: null,
      config_version: version,
      last_error: more.error ?? null,
    },
  ],
  ...more,
})

/** Answers one standing after the other, the last one for ever. */
const asking = (...standings: readonly (readonly [string, ...Agent[]])[]) => {
  let asked = 0
  return async (): Promise<Standing> => {
    const [version, ...agents] = standings[Math.min(asked++, standings.length - 1)]!
    return { version, agents }
  }
}

const soon = { total: 200, pause: 1 }

it('waits for every connected agent to reach what was the newest after the write, however it grows meanwhile', async () => {
  const ask = asking(
    ['1.9', agent('a', '1.9'), agent('b', '1.9')],
    ['1.10', agent('a', '1.9'), agent('b', '1.9')],
    ['1.11', agent('a', '1.10'), agent('b', '1.9')],
    ['1.99', agent('a', '1.10'), agent('b', '2.1')],
  )
  expect(await (await watchAgents(ask, soon))()).toEqual([
    { agent: 'a', state: 'acknowledged' },
    { agent: 'b', state: 'acknowledged' },
  ])
})

it('tells a new refusal at once, with its reason', async () => {
  const ask = asking(['1.1', agent('a', '1.1')], ['1.2', agent('a', '1.1')], ['1.2', agent('a', '1.1', { error: 'unknown verb' })])
  expect(await (await watchAgents(ask, { total: 60_000, pause: 1 }))()).toEqual([{ agent: 'a', state: 'refused', reason: 'unknown verb' }])
})

it('takes a refusal that stood before for an answer only when time is over', async () => {
  const stuck = agent('a', '1.1', { error: 'unknown verb' })
  const freed = asking(['1.1', stuck], ['1.2', stuck], ['1.2', stuck], ['1.2', agent('a', '1.2')])
  expect(await (await watchAgents(freed, soon))()).toEqual([{ agent: 'a', state: 'acknowledged' }])
  const standing = asking(['1.1', stuck], ['1.2', stuck])
  expect(await (await watchAgents(standing, soon))()).toEqual([{ agent: 'a', state: 'refused', reason: 'unknown verb' }])
})

it('names who has said nothing when time is over, and who is away, but nobody who enforces nothing', async () => {
  const away: Partial<Agent> = { state: 'disconnected', instances: [] }
  const ask = asking([
    '1.2',
    agent('silent', null),
    agent('away', null, away),
    agent('expired', null, { ...away, certificate_expires_at: '2001-01-01T00:00:00Z' }),
    agent('gone', null, { state: 'revoked' }),
    agent('new', null, { state: 'enrolled' }),
  ])
  expect(await (await watchAgents(ask, soon))()).toEqual([
    { agent: 'silent', state: 'waiting' },
    { agent: 'away', state: 'away' },
  ])
})

it('does not wait where the caller may not see agents', async () => {
  expect(await (await watchAgents(async () => undefined, { total: 60_000, pause: 1 }))()).toBeUndefined()
})
