import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTemporaryPostgres } from '@sallyport/embedded-postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rssOf } from '../process.js'
import { size, soaking } from '../sizes.js'
import { tell } from '../soak-report.js'
import { eventually } from '../world.js'
import { type OwnAgent, startAgent } from './agent.js'
import { untilServed } from './clients.js'
import { databasePort, register, shop, targetOf } from './estate.js'
import { askAll, openSessions } from './swarm.js'
import { oneRow, startTarget } from './target.js'

/** Descriptors that are no session's: those that the agent keeps for itself and for whoever waits to be let in, and some. */
const spare = 1500

let agent: OwnAgent

/** One for each test: memory that others gave back would be taken for none. */
beforeEach(async () => {
  agent = await startAgent({ name: 'idle', env: { SALLYPORT_MAX_CONNECTIONS: '20000', SALLYPORT_LOG_LEVEL: 'warn' } })
})
afterEach(() => agent?.stop())

/** As many pairs of a client and a target as the descriptors of one process allow: the agent has the same two for each. */
function possible(): number {
  const limit = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return limit === 'unlimited' ? Infinity : Math.floor((Number(limit) - spare) / 2)
}

/** Milliseconds for which memory must not shrink any more: what a burst of logins left behind is collected by and by. */
const quiet = soaking ? 16_000 : 0

async function settledRss(pid: number): Promise<number> {
  let [least, since] = [rssOf(pid), Date.now()]
  for (const begun = since; Date.now() - since < quiet && Date.now() - begun < 4 * quiet;) {
    await sleep(500)
    const now = rssOf(pid)
    if (now < least * 0.99) [least, since] = [now, Date.now()]
  }
  return least
}

interface Idle {
  readonly name: string
  readonly where: string
  readonly resource: string
  readonly count: number
}

async function standIdle({ name, where, resource, count }: Idle): Promise<void> {
  const login = { ...agent.world, resource }
  await untilServed(login)
  // What is made at the first logins and kept for all is not theirs.
  const warm = await openSessions(login, 30)
  await askAll(warm, 'select 1')
  const before = await settledRss(agent.pid)
  const begun = performance.now()
  const sessions = await openSessions(login, count)
  const seconds = (performance.now() - begun) / 1000
  const fresh = await settledRss(agent.pid)
  await askAll(sessions, 'select 1')
  const asked = await settledRss(agent.pid)
  expect(sessions.filter((session) => session.destroyed)).toEqual([])
  await askAll(sessions, 'select 1')
  for (const session of [...warm, ...sessions]) session.destroy()
  tell(name, `${count} idle sessions over TLS on ${where}`, [
    { what: 'agent before', value: before / 1024, unit: 'MiB' },
    { what: 'agent with all logged in', value: fresh / 1024, unit: 'MiB' },
    { what: 'per session that has logged in', value: (fresh - before) / count, unit: 'KiB' },
    { what: 'per session that has also asked something', value: (asked - before) / count, unit: 'KiB' },
    { what: 'logins per second', value: count / seconds },
  ])
}

describe('idle sessions', () => {
  it('stand by the thousand on a scripted target, and each still answers', async () => {
    const target = await startTarget({ catalog: databasePort(), asked: (socket) => socket.write(oneRow('1')) })
    const forget = await register({ name: 'idle', target: shop(target.port), selector: agent.selector })
    const count = Math.min(size('idle sessions'), possible())
    await standIdle({ name: 'idle-sessions', where: 'a scripted target', resource: 'idle', count })
    await eventually(
      async () => target.sessions(),
      (left) => left === 0,
      60_000,
    )
    await forget()
    await target.close()
  })

  it('stand by the hundred on PostgreSQL, and each still answers', async () => {
    const count = size('idle sessions on PostgreSQL')
    const server = await startTemporaryPostgres({ extraConfig: { max_connections: String(count + 60) } })
    const forget = await register({ name: 'idle-real', target: targetOf(server.url), selector: agent.selector })
    await standIdle({ name: 'idle-sessions-postgres', where: 'PostgreSQL', resource: 'idle-real', count })
    await forget()
    await server.stop()
  })
})
