import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resourceBody, startWorld, type Answer, type World } from '../../testing/world.js'

let world: World
let admin: string
const put = (name: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  world.ask('PUT', `/v1/resources/${name}`, { token: admin, body, headers })

beforeAll(async () => {
  world = await startWorld()
  admin = await world.as('admin')
})
afterAll(() => world.close())

describe('a resource', () => {
  it('is made by POST with its address and version, and by PUT of its name', async () => {
    const posted = await world.ask('POST', '/v1/resources', { token: admin, body: { name: 'posted', ...resourceBody() } })
    expect(posted.status).toBe(201)
    expect(posted.headers['location']).toBe('/v1/resources/posted')
    expect(posted.headers['etag']).toBe('"1"')
    expect(posted.body['id']).toMatch(/^res_[0-9a-z]{26}$/)
    expect(posted.body['created_at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect((await put('declared', resourceBody())).status).toBe(201)
    const again = await put('declared', resourceBody({ labels: { env: 'other' } }))
    expect([again.status, again.headers['etag']]).toEqual([200, '"2"'])
  })

  it('of a taken name is a conflict', async () => {
    const { status, body } = await world.ask('POST', '/v1/resources', { token: admin, body: { name: 'posted', ...resourceBody() } })
    expect([status, body['code']]).toEqual([409, 'conflict'])
  })

  it('tells every wrong field at once, in the body and in the target', async () => {
    const { status, headers, body } = await world.ask('POST', '/v1/resources', {
      token: admin,
      body: { name: 'Not A Name', protocol: 7, tarjet: {}, labels: { a: 1 } },
    })
    expect(status).toBe(400)
    expect(headers['content-type']).toContain('application/problem+json')
    expect(body['code']).toBe('invalid')
    expect(body['errors'].map((error) => error['path']).sort()).toEqual(['/labels/a', '/name', '/protocol', '/target', '/tarjet'])
    const target = await put('wrong', { protocol: 'postgres', target: { host: '', port: 70_000, database: 'd', user: 'u', sslmod: 'x' } })
    expect(target.status).toBe(400)
    expect(target.body['errors'].map((error) => error['path'])).toEqual(
      expect.arrayContaining(['/target/host', '/target/port', '/target/sslmod']),
    )
  })

  it('is saved with the defaults of its protocol, so that the agent needs none of its own', async () => {
    const short = { host: 'db.example', database: 'shop', user: 'gateway', password: 's3cret-canary' }
    const { status, body } = await put('short', { protocol: 'postgres', target: short })
    expect([status, body['target']]).toEqual([
      201,
      { host: 'db.example', database: 'shop', user: 'gateway', port: 5432, sslmode: 'prefer', notices: 'auto' },
    ])
    await world.db.resource.update({
      where: { name: 'short' },
      data: { target: { host: 'db.example', database: 'shop', user: 'gateway', port: 5432 } },
    })
    const { password: _, ...open } = short
    expect((await put('short', { protocol: 'postgres', target: open })).status).toBe(200)
    const moved = await put('short', { protocol: 'postgres', target: { ...open, port: 5433 } })
    expect([moved.status, moved.body['errors'][0]!['path']]).toEqual([422, '/target/password'])
  })

  it('of an unknown protocol, or named otherwise than its path, is refused', async () => {
    expect((await put('odd', { ...resourceBody(), protocol: 'gopher' })).body['errors'][0]!['path']).toBe('/protocol')
    expect((await put('odd', { ...resourceBody(), name: 'other' })).body['errors'][0]!['path']).toBe('/name')
  })

  it('refuses what is not JSON, too large, of another media type, or poisons a prototype', async () => {
    expect((await put('bad', '{')).body['code']).toBe('invalid')
    expect((await put('bad', '{"__proto__": {"admin": true}}')).status).toBe(400)
    const large = await put('bad', { ...resourceBody(), target: { padding: 'x'.repeat(1_100_000) } })
    expect([large.status, large.body['code']]).toEqual([413, 'too_large'])
    expect((await put('bad', 'a=b', { 'content-type': 'text/plain' })).status).toBe(400)
  })

  it('goes with DELETE, together with the key of its secrets', async () => {
    const { body } = await put('gone', resourceBody())
    expect(await world.db.dataKey.count({ where: { record: body.id } })).toBe(1)
    expect((await world.ask('DELETE', '/v1/resources/gone', { token: admin })).status).toBe(204)
    expect((await world.ask('GET', '/v1/resources/gone', { token: admin })).body['code']).toBe('resource_unknown')
    expect(await world.db.dataKey.count({ where: { record: body.id } })).toBe(0)
  })
})

describe('a secret of a target', () => {
  it('goes in, is sealed and named, and never comes out', async () => {
    const { body, text } = await put('sealed', resourceBody())
    expect(body['secrets']).toEqual(['/password'])
    expect(body['target']).not.toHaveProperty('password')
    expect(text).not.toContain('s3cret-canary')
    const row = await world.db.resourceSecret.findFirstOrThrow({ where: { resource: { name: 'sealed' } } })
    expect(Buffer.from(row.sealed).includes('s3cret-canary')).toBe(false)
    const opened = await world.context.secrets.open(world.db, { record: row.resourceId, field: '/password' }, row.sealed)
    expect(opened.toString()).toBe('s3cret-canary')
  })

  it('stays when the target is put again without it', async () => {
    await put('kept', resourceBody())
    const { body } = await put('kept', resourceBody({ target: { password: undefined, database: 'other' } }))
    expect(body['secrets']).toEqual(['/password'])
  })

  it.each([
    ['host', { target: { password: undefined, host: 'evil.example' } }, '/target/password'],
    ['port', { target: { password: undefined, port: 6432 } }, '/target/password'],
    ['user', { target: { password: undefined, user: 'other' } }, '/target/password'],
    ['sslmode', { target: { password: undefined, sslmode: 'require' } }, '/target/password'],
    ['agent_selector', { target: { password: undefined }, agent_selector: { zone: 'b' } }, '/target/password'],
  ])('is demanded again when %s changes', async (_what, changes, path) => {
    await put('guarded', resourceBody())
    const { status, body } = await put('guarded', resourceBody(changes))
    expect([status, body['code']]).toEqual([422, 'unprocessable'])
    expect(body['errors'][0]!['path']).toBe(path)
    const patched = await world.ask('PATCH', '/v1/resources/guarded', { token: admin, body: { target: { host: 'evil.example' } } })
    expect(patched.status).toBe(422)
  })

  it('given together with the new host is taken', async () => {
    await put('moved', resourceBody())
    expect((await put('moved', resourceBody({ target: { host: 'other.example', password: 'new-s3cret-canary' } }))).status).toBe(200)
  })

  it('can be removed by null', async () => {
    await put('cleared', resourceBody())
    const { body } = await put('cleared', resourceBody({ target: { password: null } }))
    expect(body['secrets']).toEqual([])
  })

  it('is in no answer, log line, event or plain column', async () => {
    await world.ask('POST', '/v1/resources', { token: admin, body: { name: 'x', protocol: 'nope', target: { password: 's3cret-canary' } } })
    await put('x', { ...resourceBody(), target: { password: 's3cret-canary', host: 5 } })
    const answers = await Promise.all(
      ['/v1/resources', '/v1/audit/events', '/metrics'].map((url) => world.ask('GET', url, { token: admin })),
    )
    const events = await world.db.adminEvent.findMany()
    const resources = await world.db.resource.findMany()
    const everything = [...answers.map(({ text }) => text), ...world.logged, JSON.stringify(events), JSON.stringify(resources)].join('\n')
    expect(everything).toContain('resource.create')
    expect(everything).not.toContain('s3cret-canary')
    expect(everything).not.toContain(admin)
  })
})

describe('optimistic concurrency', () => {
  it('takes a write for the version seen and refuses one for another', async () => {
    await put('versioned', resourceBody())
    expect((await put('versioned', resourceBody(), { 'if-match': '"1"' })).headers['etag']).toBe('"2"')
    const late = await put('versioned', resourceBody(), { 'if-match': '"1"' })
    expect([late.status, late.body['code']]).toEqual([412, 'precondition_failed'])
    expect((await world.ask('DELETE', '/v1/resources/versioned', { token: admin, headers: { 'if-match': '"1"' } })).status).toBe(412)
    expect((await put('versioned', resourceBody(), { 'if-none-match': '*' })).status).toBe(412)
    expect((await put('never', resourceBody(), { 'if-match': '*' })).status).toBe(412)
  })

  it('lets exactly one of many writers of the same version win', async () => {
    await put('raced', resourceBody())
    const answers = await Promise.all(Array.from({ length: 6 }, () => put('raced', resourceBody(), { 'if-match': '"1"' })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(5)
  })

  it('merges a patch, and refuses one that would not be valid', async () => {
    await put('patched', resourceBody())
    const { status, body } = await world.ask('PATCH', '/v1/resources/patched', {
      token: admin,
      body: { labels: { env: null, tier: 'gold' } },
    })
    expect([status, body['labels']]).toEqual([200, { tier: 'gold' }])
    const wrong = await world.ask('PATCH', '/v1/resources/patched', { token: admin, body: { colour: 'red', labels: { a: 5 } } })
    expect(wrong.body['errors'].map((error) => error['path']).sort()).toEqual(['/colour', '/labels/a'])
  })
})

describe('a list', () => {
  it('is newest first, in pages that miss and repeat nothing', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `page-${i}`)
    for (const name of names) await put(name, resourceBody())
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const url: string = `/v1/resources?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`
      const { body }: Answer = await world.ask('GET', url, { token: admin })
      expect(body['items'].length).toBeLessThanOrEqual(3)
      seen.push(...body['items'].map((item) => String(item['name'])))
      cursor = body['next_cursor']
    }
    expect(seen.filter((name) => name.startsWith('page-'))).toEqual(names.toReversed())
    expect(new Set(seen).size).toBe(seen.length)
  })

  it.each(['limit=0', 'limit=201', 'limit=x', 'cursor=!!', 'cursor=aGVsbG8', 'colour=red'])('refuses ?%s by name', async (query) => {
    const { status, body } = await world.ask('GET', `/v1/resources?${query}`, { token: admin })
    expect(status).toBe(400)
    expect(body['errors'][0]!['path']).toBe(`(querystring)/${query.split('=')[0]!}`)
  })
})

describe('an Idempotency-Key', () => {
  const post = (key: string, name: string, token = admin): Promise<Answer> =>
    world.ask('POST', '/v1/resources', { token, body: { name, ...resourceBody() }, headers: { 'idempotency-key': key } })

  it('gives the same answer once more instead of acting twice', async () => {
    const first = await post('k-1', 'once')
    const second = await post('k-1', 'once')
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body).toEqual(first.body)
    expect(second.headers['idempotency-replayed']).toBe('true')
    expect(await world.db.adminEvent.count({ where: { action: 'resource.create', targetName: 'once' } })).toBe(1)
  })

  it('is refused for another request, and belongs to its caller', async () => {
    expect((await post('k-1', 'twice')).status).toBe(422)
    expect((await post('k-1', 'somebody-elses', await world.as('admin'))).status).toBe(201)
    expect((await post('k 2', 'spaced')).status).toBe(400)
  })

  it('lets one of two at the same time act', async () => {
    const answers = await Promise.all([post('k-3', 'both'), post('k-3', 'both')])
    expect(answers.map(({ status }) => status)).toContain(201)
    expect(await world.db.adminEvent.count({ where: { action: 'resource.create', targetName: 'both' } })).toBe(1)
  })

  it('keeps its answers sealed', async () => {
    const rows = await world.db.idempotencyKey.findMany()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ sealed }) => sealed === null || !Buffer.from(sealed).includes('once'))).toBe(true)
  })
})
