import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../testing/world.js'

let world: World
let token: string

beforeAll(async () => {
  world = await startWorld()
  token = await world.as('admin')
})
afterAll(() => world.close())

describe('the audiences of one provider', () => {
  const put = (body: object) =>
    world.ask('PUT', '/v1/trust-providers/second', { token, body: { issuer: 'https://second.example', subject: 'sub', ...body } })

  it.each([
    ['/audiences', (mine: Audiences) => ({ audiences: mine.api_audiences, api_audiences: ['else'] })],
    ['/api_audiences', (mine: Audiences) => ({ audiences: ['else'], api_audiences: mine.audiences })],
  ])('are for no other door at another one: %s', async (path, crossed) => {
    const { body } = await world.ask('GET', '/v1/trust-providers/test', { token })
    const answer = await put(crossed(body as unknown as Audiences))
    expect([answer.status, answer.body['errors']?.[0]?.['path']]).toEqual([422, path])
    expect((await world.ask('GET', '/v1/me', { token })).status).toBe(200)
  })

  it('may be the same for the same door', async () => {
    const { body } = await world.ask('GET', '/v1/trust-providers/test', { token })
    const { audiences, api_audiences } = body as unknown as Audiences
    expect((await put({ audiences, api_audiences })).status).toBe(201)
  })
})

interface Audiences {
  readonly audiences: readonly string[]
  readonly api_audiences: readonly string[]
}
