import type { FiledHold } from '@sallyport/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expireDue, fileRequest, useGrant, withdrawFiling } from '../../approvals/index.js'
import { newId } from '../../ids.js'
import { filedHold, hex, personOf } from '../../testing/holds.js'
import { startWorld, type World } from '../../testing/world.js'

let world: World
const from = { agent: newId('agt'), instance: newId('ins') }
let resource: FiledHold['resource']
let tick = 0

beforeAll(async () => {
  world = await startWorld()
  const id = newId('res')
  await world.db.resource.create({ data: { id, name: 'shop', protocol: 'postgres', target: {}, labels: { env: 'prod' } } })
  resource = { id, name: 'shop', protocol: 'postgres', labels: { env: 'prod' } }
  for (const group of ['dba', 'security', 'bots'])
    await world.db.role.create({ data: { id: newId('rol'), name: `role-${group}`, provider: 'test', group, role: 'approver' } })
})
afterAll(() => world.close())

/** Each asks for something else, unless told. */
const asked = (changes: Parameters<typeof filedHold>[0] = {}) => filedHold({ digest: hex(`unit ${++tick}`), resource, ...changes })
const file = (filed: FiledHold, now = Date.now()) => fileRequest(world.db, filed, { from, now })
const as = (sub: string, ...groups: string[]) => world.token({ sub, groups, kind: 'human' })
const get = async (id: string, token?: string) =>
  (await world.ask('GET', `/v1/approvals/${id}`, { token: token ?? (await as('dana', 'dba')) })).body

interface Said {
  readonly decision?: 'approve' | 'deny'
  readonly reason?: string
  readonly token?: string
  readonly digest?: string
}
async function say(id: string, { token, ...said }: Said = {}) {
  const { digest } = await world.db.approval.findUniqueOrThrow({ where: { id } })
  const body = { decision: 'approve', digest, ...said }
  return world.ask('POST', `/v1/approvals/${id}/decision`, { token: token ?? (await as('dana', 'dba')), body })
}
const acts = async (id: string) =>
  (await world.db.adminEvent.findMany({ where: { targetId: id }, orderBy: { id: 'asc' } })).map(({ action, actor }) => `${action} ${actor}`)

describe('a request', () => {
  it('shows whoever decides all that they must see', async () => {
    const id = await file(asked())
    expect(await get(id)).toMatchObject({
      id,
      state: 'requested',
      principal: { name: 'billing-agent', kind: 'agent', groups: ['ai-agents'], owner: 'alice' },
      chain: [{ subject: 'ana' }],
      resource: { name: 'shop', labels: { env: 'prod' } },
      session: { database: 'shop', role: 'app', client: { address: '127.0.0.1' } },
      texts: [{ text: 'update orders set status = $1 where id = 7' }],
      params: [{ type: 'text', format: 'text', value: 'refunded' }],
      actions: [{ verb: 'update', facts: { filtered: true } }],
      context: { database: 'shop' },
      rules: [{ policy: 'agents-on-shop', rule: 'writes-need-a-dba' }],
      still_needed: [{ groups: ['dba'], count: 1 }],
      decisions: [],
      grant: null,
      waiting: true,
      why_not: null,
    })
  })

  it('asked again is the same one, also by many at once, and another one once policies have changed', async () => {
    const filed = asked()
    const ids = await Promise.all(Array.from({ length: 6 }, () => file({ ...filed, statement: newId('stm') })))
    expect(new Set(ids).size).toBe(1)
    const other = await file({ ...filed, statement: newId('stm'), hold: { ...filed.hold, policies: hex('newer') } })
    expect(other).not.toBe(ids[0])
    expect(await get(ids[0]!)).toMatchObject({ state: 'withdrawn', end: 'the policies that hold it have changed' })
  })

  it('is listed by state, resource and whose it is, in pages, the newest first', async () => {
    const filed = asked({ identity: { ...asked().identity, principal: personOf('carol') } })
    const [first, second] = [await file(filed), await file({ ...filed, digest: hex('carol two') })]
    const token = await as('dana', 'dba')
    const list = async (query: string) => (await world.ask('GET', `/v1/approvals?${query}`, { token })).body
    for (const query of ['principal=carol', 'principal=test/carol&state=requested&resource=shop'])
      expect((await list(query)).items.map(({ id }) => id)).toEqual([second, first])
    expect((await list('principal=carol&state=denied')).items).toEqual([])
    const page = await list('principal=carol&limit=1')
    expect((await list(`principal=carol&limit=1&cursor=${page.next_cursor}`)).items.map(({ id }) => id)).toEqual([first])
  })

  it('is not there for whom its resource is not, and needs a role to be decided', async () => {
    const id = await file(asked())
    const elsewhere = await world.as({ role: 'approver', labels: { env: 'test' } })
    expect((await world.ask('GET', `/v1/approvals/${id}`, { token: elsewhere })).status).toBe(404)
    expect((await say(id, { token: elsewhere })).status).toBe(404)
    expect((await say(id, { token: await world.as('operator') })).status).toBe(403)
    expect((await say(id, { token: await world.as('auditor') })).status).toBe(403)
  })
})

describe('a decision', () => {
  it('of one who may leaves a grant for exactly that, once', async () => {
    const filed = asked()
    const id = await file(filed)
    const { revision } = await world.db.configRevision.findUniqueOrThrow({ where: { id: 1 } })
    const answer = await say(id, { reason: 'ticket 42' })
    expect([answer.status, answer.body]).toMatchObject([
      200,
      {
        state: 'approved',
        still_needed: [],
        decisions: [{ decision: 'approve', by: { subject: 'dana' }, reason: 'ticket 42' }],
        grant: { uses: 1, used: 0 },
      },
    ])
    const grant = await world.db.grant.findUniqueOrThrow({ where: { approvalId: id } })
    expect(grant).toMatchObject({ digest: filed.digest, policies: filed.hold.policies, resourceId: resource.id, uses: 1 })
    expect((await world.db.configRevision.findUniqueOrThrow({ where: { id: 1 } })).revision).toBe(revision + 1n)
    expect(await acts(id)).toEqual(['approval.approve test/dana'])
  })

  it('is refused for another digest, and the same said again by the same person is no second one', async () => {
    const id = await file(asked({ hold: { approvers: [{ groups: ['dba'], principals: [], count: 2 }] } }))
    expect((await say(id, { digest: hex('other') })).status).toBe(409)
    const [one, again] = [await say(id), await say(id)]
    expect([one.status, again.status]).toEqual([200, 200])
    expect([again.body['state'], again.body['still_needed']]).toEqual(['requested', [{ groups: ['dba'], principals: [], count: 1 }]])
    expect((await say(id, { token: await as('dave', 'dba') })).body['state']).toBe('approved')
    expect((await say(id)).body['state']).toBe('approved')
    expect(await world.db.approvalDecision.count({ where: { approvalId: id } })).toBe(2)
  })

  it('needs distinct people, also where one of them is in every group', async () => {
    const approvers = [
      { groups: ['dba'], principals: [], count: 1 },
      { groups: ['security'], principals: [], count: 1 },
    ]
    const id = await file(asked({ hold: { approvers } }))
    const both = await as('eve', 'dba', 'security')
    expect((await say(id, { token: both })).body['state']).toBe('requested')
    expect((await say(id, { token: both })).body['state']).toBe('requested')
    expect((await say(id, { token: await as('sam', 'security') })).body['state']).toBe('approved')
  })

  it.each([
    ['whoever asked, or had it asked', 'ana', 'human', /asked for themselves/],
    ['the owner', 'alice', 'human', /for whom they answer/],
    ['an agent in the group', 'robot', 'agent', /only a person/],
  ])('is not for %s', async (_, sub, kind, why) => {
    const id = await file(asked())
    const token = await world.token({ sub, groups: ['dba'], kind })
    const answer = await say(id, { token })
    expect([answer.status, answer.body['detail']]).toEqual([403, expect.stringMatching(why)])
    expect((await say(id, { token, decision: 'deny' })).status).toBe(403)
    expect((await get(id, token))['why_not']).toMatch(why)
  })

  it('is not for administrators whom the policy does not name', async () => {
    const id = await file(asked())
    const answer = await say(id, { token: await world.as('admin', 'approver') })
    expect([answer.status, answer.body['detail']]).toEqual([403, 'this is decided by dba'])
  })

  it('of several at once is one: a no and a yes do not both win', async () => {
    for (let round = 0; round < 4; round++) {
      const id = await file(asked())
      const tokens = [await as('dana', 'dba'), await as('dave', 'dba')]
      const answers = await Promise.all([say(id, { token: tokens[0]! }), say(id, { token: tokens[1]!, decision: 'deny' })])
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409])
      const { state } = await world.db.approval.findUniqueOrThrow({ where: { id } })
      expect(await world.db.grant.count({ where: { approvalId: id } })).toBe(state === 'approved' ? 1 : 0)
      expect(await world.db.approvalDecision.count({ where: { approvalId: id } })).toBe(1)
    }
  })

  it('no wins at once, also after a yes, and after enough of those it is too late', async () => {
    const two = await file(asked({ hold: { approvers: [{ groups: ['dba'], principals: [], count: 2 }] } }))
    await say(two)
    const denied = await say(two, { token: await as('dave', 'dba'), decision: 'deny', reason: 'wrong customer' })
    expect(denied.body).toMatchObject({ state: 'denied', end: 'dave denied it: wrong customer', grant: null })
    const one = await file(asked())
    await say(one)
    expect((await say(one, { decision: 'deny' })).status).toBe(409)
    expect((await say(one, { decision: 'deny', token: await as('dave', 'dba') })).status).toBe(409)
  })

  it('needs a reason where the policy says so', async () => {
    const id = await file(asked({ hold: { reasonRequired: true } }))
    for (const reason of [{}, { reason: '  ' }]) expect((await say(id, reason)).status).toBe(422)
    expect((await say(id, { reason: 'incident 7' })).body['state']).toBe('approved')
  })

  it('comes too late after its time, whether or not the job has been there', async () => {
    const id = await file(asked({ hold: { ttl: 1_000 } }), Date.now() - 1_001)
    expect((await say(id)).status).toBe(409)
    await Promise.all([expireDue(world.db, Date.now()), expireDue(world.db, Date.now())])
    expect(await get(id)).toMatchObject({ state: 'expired', end: 'nobody decided in time' })
    expect(await acts(id)).toEqual(['approval.expire system'])
  })
})

describe('a grant', () => {
  const granted = async () => {
    const filed = asked()
    const id = await file(filed)
    await say(id)
    const { id: grant } = await world.db.grant.findUniqueOrThrow({ where: { approvalId: id } })
    return { id, grant, filed }
  }
  const use = (grant: string, statement = newId('stm'), now = Date.now()) =>
    useGrant(world.db, { grant, statement, agent: from.agent, now })

  it('is used once, by one of many who try, and the same use said again is the same', async () => {
    const { id, grant } = await granted()
    const statements = Array.from({ length: 8 }, () => newId('stm'))
    const tried = await Promise.allSettled(statements.map((statement) => use(grant, statement)))
    const won = statements.filter((_, i) => tried[i]!.status === 'fulfilled')
    expect(won).toHaveLength(1)
    await use(grant, won[0])
    await expect(use(grant)).rejects.toMatchObject({ code: 'conflict' })
    expect(await get(id)).toMatchObject({ state: 'used', grant: { used: 1 } })
    expect(await acts(id)).toEqual(['approval.approve test/dana', 'approval.use system'])
  })

  it('is joined while it is not used; used, the same is asked again', async () => {
    const { id, grant, filed } = await granted()
    expect(await file({ ...filed, statement: newId('stm') })).toBe(id)
    await use(grant)
    expect(await file({ ...filed, statement: newId('stm') })).not.toBe(id)
  })

  it('that is revoked, or has run out, is of no use', async () => {
    const [one, two] = [await granted(), await granted()]
    const token = await world.as('operator')
    expect((await world.ask('DELETE', `/v1/grants/${one.grant}`, { token })).status).toBe(204)
    expect((await world.ask('DELETE', `/v1/grants/${one.grant}`, { token })).status).toBe(409)
    await expect(use(one.grant)).rejects.toMatchObject({ code: 'conflict' })
    const later = Date.now() + 901_000
    await expect(use(two.grant, newId('stm'), later)).rejects.toMatchObject({ code: 'conflict' })
    await expireDue(world.db, later)
    const states = await Promise.all(
      [one, two].map(async ({ grant }) => (await world.ask('GET', `/v1/grants/${grant}`, { token })).body['state']),
    )
    expect(states).toEqual(['revoked', 'expired'])
    const list = await world.ask('GET', '/v1/grants?state=revoked&resource=shop', { token })
    expect(list.body.items.map(({ id }) => id)).toContain(one.grant)
  })

  it('given to somebody who has left is taken back', async () => {
    const { id, grant, filed } = await granted()
    const gone = { approval: id, statement: filed.statement, agent: from.agent, why: 'the client left', now: Date.now() }
    await withdrawFiling(world.db, gone)
    await withdrawFiling(world.db, gone)
    await expect(use(grant)).rejects.toMatchObject({ code: 'conflict' })
    expect(await acts(id)).toEqual(['approval.approve test/dana', 'grant.revoke system'])
  })
})

it('a request goes when the last who wait for it go, and stays for those who will ask again', async () => {
  const filed = asked()
  const other = { ...filed, statement: newId('stm') }
  const retry = asked()
  const [id, patient] = [await file(filed), await file(retry)]
  await file(other)
  await file({ ...retry, statement: newId('stm'), waiting: false })
  const leave = (approval: string, { statement }: FiledHold) =>
    withdrawFiling(world.db, { approval, statement, agent: from.agent, why: 'the client left', now: Date.now() })
  await leave(id, filed)
  await leave(patient, retry)
  expect((await get(id))['state']).toBe('requested')
  await leave(id, other)
  expect(await get(id)).toMatchObject({ state: 'withdrawn', end: 'the client left' })
  expect((await get(patient))['state']).toBe('requested')
  const stranger = { approval: patient, statement: retry.statement, agent: newId('agt'), why: '', now: 0 }
  await expect(withdrawFiling(world.db, stranger)).rejects.toMatchObject({ code: 'not_found' })
})

it('what was said and used stays, and nothing of a request or a grant can be widened, in the database itself', async () => {
  const [id, spent] = [await file(asked()), await file(asked())]
  for (const one of [id, spent]) await say(one)
  const { db } = world
  const used = await db.grant.findUniqueOrThrow({ where: { approvalId: spent } })
  await useGrant(db, { grant: used.id, statement: newId('stm'), agent: from.agent, now: Date.now() })
  await expect(db.grant.update({ where: { id: used.id }, data: { used: 0 } })).rejects.toThrow(/violated/)
  await expect(db.approvalDecision.deleteMany({})).rejects.toThrow(/violated/)
  await expect(db.grantUse.updateMany({ data: { agentId: 'x' } })).rejects.toThrow(/violated/)
  await expect(db.approval.update({ where: { id }, data: { digest: hex('other') } })).rejects.toThrow(/violated/)
  await expect(db.approval.update({ where: { id }, data: { state: 'requested', decidedAt: null } })).rejects.toThrow(/does not go/)
  await expect(db.grant.update({ where: { approvalId: id }, data: { uses: 2 } })).rejects.toThrow(/violated/)
  await expect(db.grant.update({ where: { approvalId: id }, data: { expiresAt: new Date(Date.now() + 1e9) } })).rejects.toThrow(/violated/)
})
