import { afterAll, beforeAll, expect, it } from 'vitest'
import { hasAdmin, issueClaim } from '../../auth/claim.js'
import { startWorld, type World } from '../../testing/world.js'

let world: World
let claim: string

beforeAll(async () => {
  world = await startWorld({ empty: true })
})
afterAll(() => world.close())

const provider = () => ({ name: 'first', issuer: world.issuer.url, subject: 'sub', groups: 'groups', primary: true })
const setup = (body: unknown) => world.ask('POST', '/v1/setup', { body })

it('answers 404 while no claim was issued', async () => {
  expect((await setup({ claim: 'sjc_guess', trust_provider: provider(), admin: { group: 'admins' } })).status).toBe(404)
})

it('a claim is hashed at rest and replaced by the next start that finds no admin', async () => {
  const first = (await issueClaim(world.db))!
  claim = (await issueClaim(world.db))!
  expect(claim).toMatch(/^sjc_[A-Za-z0-9_-]{43}$/)
  expect(JSON.stringify(await world.db.firstAdminClaim.findMany())).not.toContain(claim)
  expect((await setup({ claim: first, trust_provider: provider(), admin: { group: 'admins' } })).status).toBe(403)
})

it('is not spent by a request that cannot succeed', async () => {
  const unnamed = await setup({ claim, trust_provider: { ...provider(), name: undefined }, admin: { group: 'admins' } })
  expect([unnamed.status, unnamed.body['errors'][0]!['path']]).toEqual([400, '/trust_provider/name'])
  const unreachable = await setup({ claim, trust_provider: { ...provider(), issuer: 'http://127.0.0.1:1' }, admin: { group: 'admins' } })
  expect([unreachable.status, unreachable.body['errors'][0]!['path']]).toEqual([422, '/trust_provider/issuer'])
  expect((await setup({ claim, trust_provider: provider(), admin: {} })).status).toBe(400)
  expect((await world.db.firstAdminClaim.findUniqueOrThrow({ where: { id: 1 } })).spentAt).toBeNull()
})

it('makes the first admin, once, however many try at the same time', async () => {
  const body = { claim, trust_provider: provider(), admin: { group: 'admins' } }
  const answers = await Promise.all(Array.from({ length: 5 }, () => setup(body)))
  expect(answers.map(({ status }) => String(status)).sort()).toEqual(['201', '409', '409', '409', '409'])
  expect((await setup(body)).status).toBe(409)
  const admin = await world.issuer.token({ sub: 'root', groups: ['admins'] })
  expect((await world.ask('GET', '/v1/roles', { token: admin })).status).toBe(200)
  expect((await world.ask('GET', '/v1/roles', { token: await world.issuer.token({ sub: 'x' }) })).status).toBe(403)
})

it('leaves no claim for the next start, and is told without the claim', async () => {
  expect(await hasAdmin(world.db)).toBe(true)
  expect(await issueClaim(world.db)).toBeUndefined()
  const acts = await world.db.adminEvent.findMany()
  expect(acts.map(({ action }) => action).sort()).toEqual(['setup.complete', 'trust_provider.create'])
  expect([JSON.stringify(acts), ...world.logged].join('\n')).not.toContain(claim)
})

it('another claim is issued once nobody can administer any more', async () => {
  await world.db.trustProvider.deleteMany()
  expect(await hasAdmin(world.db)).toBe(false)
  claim = (await issueClaim(world.db))!
  expect((await setup({ claim, trust_provider: provider(), admin: 'root' })).status).toBe(201)
  expect((await world.ask('GET', '/v1/roles', { token: await world.issuer.token({ sub: 'root' }) })).status).toBe(200)
})
