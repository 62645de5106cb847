import { connect } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../world.js'
import { type OwnAgent, startAgent } from './agent.js'
import { logIn, untilServed } from './clients.js'
import { databasePort, register, shop } from './estate.js'
import { askAll, openSessions } from './swarm.js'
import { oneRow, type ScriptedTarget, startTarget } from './target.js'

/** Enough for some fifty sessions. */
const files = 256

let agent: OwnAgent
let target: ScriptedTarget
let forget: () => Promise<void>

beforeAll(async () => {
  target = await startTarget({ catalog: databasePort(), asked: (socket) => socket.write(oneRow('1')) })
  agent = await startAgent({ name: 'descriptors', files })
  forget = await register({ name: 'descriptors', target: shop(target.port), selector: agent.selector })
  await untilServed({ ...agent.world, resource: 'descriptors' })
})
afterAll(async () => {
  await forget?.()
  await agent?.stop()
  await target?.close()
})

describe('an agent with few descriptors', () => {
  it('refuses newcomers with 53300 before it has none left, and goes on serving', async () => {
    const login = { ...agent.world, resource: 'descriptors' }
    const sessions: TLSSocket[] = []
    const fill = async () => {
      while (sessions.length < files) sessions.push(...(await openSessions(login, 1)))
    }
    await expect(fill()).rejects.toThrow('53300')
    expect(sessions.length).toBeGreaterThan(files / 8)
    await expect(logIn(login)).rejects.toMatchObject({ code: '53300' })

    const strangers = Array.from({ length: 2 * files }, () => connect({ port: login.ready.postgres.port, host: '127.0.0.1' }))
    for (const stranger of strangers) stranger.on('error', () => undefined)
    await eventually(
      async () => strangers.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length,
      (gone) => gone > files,
    )
    await askAll(sessions, 'select 1')
    expect((await fetch(`${agent.admin}/healthz`)).status).toBe(200)
    for (const socket of [...strangers, sessions.pop()!]) socket.destroy()
    await untilServed(login)
    for (const session of sessions) session.destroy()
  })
})
