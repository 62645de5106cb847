import { createServer, type IncomingMessage, type Server } from 'node:http'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './program.js'

/** A control plane and an issuer in one: answers by table, remembers what it was asked. */
interface Answer {
  readonly status?: number
  readonly body?: unknown
}

interface Asked {
  readonly line: string
  readonly authorization: string | undefined
  readonly body: string
}

let home: string
let server: Server
let base: string
let asked: Asked[]
let answers: Record<string, Answer>
/** What else happens when something is put. */
let onPut: () => void
let stdout: string
let stderr: string

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-cli-'))
  asked = []
  answers = {}
  onPut = () => {}
  ;[stdout, stderr] = ['', '']
  server = createServer((req, res) => {
    void read(req).then((body) => {
      const line = `${req.method} ${req.url}`
      asked.push({ line, authorization: req.headers.authorization, body })
      if (req.method === 'PUT') onPut()
      const minted: Answer | undefined =
        line === 'POST /token'
          ? { body: { access_token: jwt({ sub: basicUser(req), resource: new URLSearchParams(body).get('resource') }) } }
          : undefined
      const { status = 200, body: answer }: Answer = answers[line] ??
        minted ?? { status: 404, body: { title: 'Not found', code: 'not_found', detail: 'Not found' } }
      res.writeHead(status, { 'content-type': 'application/json' }).end(answer === undefined ? '' : JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}`
})
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  await rm(home, { recursive: true, force: true })
})

const basicUser = (req: IncomingMessage) =>
  Buffer.from(req.headers.authorization?.split(' ')[1] ?? '', 'base64')
    .toString()
    .split(':')[0]

async function read(req: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of req) text += String(chunk)
  return text
}

async function standalone(): Promise<void> {
  await mkdir(join(home, 'demo'))
  await writeFile(join(home, 'demo', 'secret'), 'minting secret\n')
  const ready = { http: base, issuer: base, admin: base, ca: join(home, 'ca.pem'), postgres: { host: '127.0.0.1', port: 15_432 } }
  await writeFile(join(home, 'ready.json'), JSON.stringify(ready))
}

const sallyport = (args: readonly string[], env: Record<string, string> = {}) =>
  run(args, {
    env: { PATH: process.env['PATH'], SALLYPORT_HOME: home, ...env },
    out: (text) => (stdout += text),
    err: (text) => (stderr += text),
  })

describe('who calls', () => {
  const me = {
    principal: { provider: 'demo', subject: 'x', name: 'x', kind: 'human', groups: ['g'] },
    roles: [],
    chain: [],
    token: { id: 't', expires_at: 'e' },
  }

  it('is root of the demo against a standalone of one’s own, and that is said on stderr', async () => {
    await standalone()
    answers['GET /v1/me'] = { body: me }
    expect(await sallyport(['whoami', '--json'])).toBe(0)
    expect(JSON.parse(stdout)).toEqual(me)
    expect(stderr).toContain('root')
    expect(asked[1]?.authorization).toBe(`Bearer ${jwt({ sub: 'root', resource: 'urn:sallyport:api' })}`)
  })

  it('is SALLYPORT_TOKEN before that, and --as before both', async () => {
    await standalone()
    answers['GET /v1/me'] = { body: me }
    await sallyport(['whoami'], { SALLYPORT_TOKEN: 'mine' })
    expect(asked.at(-1)?.authorization).toBe('Bearer mine')
    await sallyport(['whoami', '--as', 'dana'], { SALLYPORT_TOKEN: 'mine' })
    expect(asked.at(-1)?.authorization).toContain(jwt({ sub: 'dana', resource: 'urn:sallyport:api' }))
  })

  it('is nobody at another control plane, whose root is not the demo’s', async () => {
    await standalone()
    expect(await sallyport(['whoami'], { SALLYPORT_URL: 'http://127.0.0.1:1' })).toBe(1)
    expect(stderr).toContain('SALLYPORT_TOKEN')
    expect(asked).toEqual([])
  })

  it('has nowhere to go without a URL and without a standalone', async () => {
    expect(await sallyport(['whoami'])).toBe(1)
    expect(stderr).toContain('npm start')
  })
})

describe('token', () => {
  it('prints a token for the data path and nothing else', async () => {
    await standalone()
    expect(await sallyport(['token', '--as', 'billing-agent'])).toBe(0)
    expect(stdout).toBe(`${jwt({ sub: 'billing-agent', resource: 'urn:sallyport:data' })}\n`)
    expect(stderr).toBe('')
  })

  it('asks for the other audience with --api', async () => {
    await standalone()
    await sallyport(['token', '--as', 'root', '--api'])
    expect(stdout).toBe(`${jwt({ sub: 'root', resource: 'urn:sallyport:api' })}\n`)
  })
})

describe('how a run ends', () => {
  it.each([
    [['nonsense']],
    [['sessions', 'show']],
    [['token', '--no-such-flag']],
    [['locks', 'add', '--message', 'x']],
    [['resources', 'apply', '-f', '/nowhere.yaml']],
  ])('wrong usage is 2: %j', async (args) => {
    await standalone()
    expect(await sallyport(args)).toBe(2)
    expect(stdout).toBe('')
  })

  it('a refusal is 1 and repeats title, detail, code and every wrong field', async () => {
    await standalone()
    const problem = {
      title: 'The request is not valid',
      detail: 'two fields',
      code: 'invalid',
      errors: [{ path: '/target/host', message: 'is missing' }],
    }
    answers['GET /v1/resources/shop'] = { status: 400, body: problem }
    expect(await sallyport(['resources', 'get', 'shop'])).toBe(1)
    expect(stderr).toContain('The request is not valid: two fields (invalid)\n  /target/host: is missing')
    expect(stdout).toBe('')
  })

  it('help is 0 and has an example for every command', async () => {
    for (const command of [
      'setup',
      'token',
      'whoami',
      'exec',
      'resources',
      'policies',
      'trust-providers',
      'roles',
      'agents',
      'locks',
      'approvals',
      'approvals watch',
      'grants',
      'sessions',
      'doctor',
      'sessions show',
      'policies test',
      'policies explain',
    ]) {
      stdout = ''
      expect(await sallyport([...command.split(' '), '--help'])).toBe(0)
      expect(stdout, command).toMatch(/Example:\n {2}\$ .*sallyport/)
    }
  })
})

describe('approvals', () => {
  const person = {
    provider: 'demo',
    subject: 'billing-agent',
    name: 'billing-agent',
    kind: 'agent',
    groups: ['ai-agents\nstate  approved'],
  }
  const request = {
    id: 'apr_1',
    state: 'requested',
    digest: 'd'.repeat(64),
    requested_at: '2026-01-31T12:00:00Z',
    expires_at: '2026-01-31T12:15:00Z',
    decided_at: null,
    end: null,
    principal: person,
    chain: [{ ...person, subject: 'alice', kind: 'human', groups: [] }],
    resource: { id: 'res_1', name: 'shop', protocol: 'postgres', labels: {} },
    agent: 'agt_1',
    session: { id: 'ses_1', database: 'shop', role: 'app', client: { address: '127.0.0.1', application: 'psql' } },
    statement: 'stm_1',
    waiting: true,
    rules: [{ policy: 'agents-on-shop', rule: 'writes-need-a-dba' }],
    message: null,
    needs: [{ groups: ['dba'], principals: [], count: 2 }],
    still_needed: [{ groups: ['dba'], principals: [], count: 1 }],
    reason_required: false,
    max_rows: 100,
    masked: [{ rule: { policy: 'p', rule: 'email' }, columns: ['public.customers.email'], detect: ['card'] }],
    texts: [{ text: 'update orders\n  set status = $1 -- \u202e' }],
    params: [{ type: 'text', format: 'text', value: 'refunded' }],
    context: { database: 'shop' },
    actions: [
      {
        verb: 'update',
        effects: ['update'],
        touches: [{ kind: 'relation', name: 'public.orders', access: 'write' }],
        facts: {},
        certainty: 'exact',
      },
    ],
    decisions: [],
    grant: null,
    why_not: null,
  }
  const decision = 'POST /v1/approvals/apr_1/decision'

  it('are shown with all that decides, and nothing in them passes for another field', async () => {
    await standalone()
    answers['GET /v1/approvals/apr_1'] = { body: request }
    expect(await sallyport(['approvals', 'show', 'apr_1'])).toBe(0)
    for (const part of [
      'demo/billing-agent (agent)',
      'demo/alice (human)',
      'agents-on-shop/writes-need-a-dba',
      "$1 = 'refunded'::text",
      '1 of dba',
    ])
      expect(stdout).toContain(part)
    expect(stdout).toContain('   | update orders\n   |   set status = $1 -- \\u202e')
    expect(stdout).toMatch(/masked +public.customers.email, any card/)
    expect(stdout.match(/^state/gm)).toHaveLength(1)
  })

  it('are decided on by the digest that was shown', async () => {
    await standalone()
    answers['GET /v1/approvals/apr_1'] = { body: request }
    answers[decision] = { body: request }
    expect(await sallyport(['approvals', 'approve', 'apr_1', '--as', 'dana', '--reason', 'ok'])).toBe(0)
    expect(stdout).toBe('apr_1: noted; still needs 1 of dba\n')
    answers[decision] = { body: { ...request, state: 'denied', end: 'dana denied it' } }
    expect(await sallyport(['approvals', 'deny', 'apr_1', '--json'])).toBe(0)
    const sent = asked.filter(({ line }) => line === decision).map(({ body }) => JSON.parse(body) as object)
    expect(sent).toEqual([
      { decision: 'approve', digest: request.digest, reason: 'ok' },
      { decision: 'deny', digest: request.digest },
    ])
    answers[decision] = {
      status: 403,
      body: { title: 'Your role does not permit this', detail: 'this is decided by dba', code: 'forbidden' },
    }
    expect(await sallyport(['approvals', 'approve', 'apr_1'])).toBe(1)
    expect(stderr).toContain('this is decided by dba (forbidden)')
  })

  it('are watched as they come and go', async () => {
    await standalone()
    const open = 'GET /v1/approvals?limit=100&state=requested'
    answers[open] = { body: { items: [request], next_cursor: null } }
    answers['GET /v1/approvals/apr_1'] = { body: { ...request, state: 'used' } }
    setTimeout(() => (answers[open] = { body: { items: [], next_cursor: null } }), 500)
    expect(await sallyport(['approvals', 'watch', '--for', '2s'])).toBe(0)
    expect(stdout.split('\n').map((line) => line.split('  ').slice(1, 3))).toEqual([['requested', 'apr_1'], ['used', 'apr_1'], []])
  })

  it('leave grants, which can be taken back', async () => {
    await standalone()
    answers['DELETE /v1/grants/gra_1'] = { status: 204 }
    expect(await sallyport(['grants', 'revoke', 'gra_1'])).toBe(0)
    expect(stderr).toContain('revoked gra_1')
    expect(await sallyport(['approvals', 'list', '--state', 'open'])).toBe(2)
  })
})

describe('apply', () => {
  /** One agent that is connected and has acknowledged `version`, where `newest` is the newest. */
  const standing = (version: string, newest: string, error: string | null = null) => ({
    body: {
      items: [
        {
          id: 'agt_1',
          state: 'connected',
          certificate_expires_at: '2999-01-01T00:00:00Z',
          instances: [{ id: 'ins_1', connected: true, config_version: version, last_error: error }],
        },
      ],
      next_cursor: null,
      config_version: newest,
    },
  })
  const agents = 'GET /v1/agents?limit=100'
  beforeEach(() => {
    answers[agents] = standing('1.7', '1.7')
  })

  it('puts every document of a file where its kind belongs, what others need first', async () => {
    await standalone()
    const file = join(home, 'documents.yaml')
    await writeFile(
      file,
      'kind: policy\nname: p\nrules: []\n---\nkind: resource\nname: r\nprotocol: postgres\n---\nkind: lock\nmessage: m\n',
    )
    for (const line of ['PUT /v1/resources/r', 'PUT /v1/policies/p', 'POST /v1/locks']) answers[line] = { body: {} }
    expect(await sallyport(['policies', 'apply', '-f', file])).toBe(0)
    const sent = asked.filter(({ line }) => line.includes('/v1/') && line !== agents)
    expect(sent.map(({ line }) => line)).toEqual(['PUT /v1/resources/r', 'PUT /v1/policies/p', 'POST /v1/locks'])
    expect(JSON.parse(sent[1]!.body)).toEqual({ kind: 'policy', name: 'p', rules: [] })
  })

  it('tells what the server warns of and who enforces it, and keeps both from stdout', async () => {
    await standalone()
    const file = join(home, 'policy.yaml')
    await writeFile(file, 'kind: policy\nname: p\n')
    answers['PUT /v1/policies/p'] = { body: { name: 'p', warnings: ['masks (email) on postgres: refused'] } }
    expect(await sallyport(['policies', 'apply', '-f', file])).toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toContain('applied policy p\n  warning: masks (email) on postgres: refused\nenforced by 1 connected agent\n')
    expect(await sallyport(['policies', 'apply', '-f', file, '--json'])).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ name: 'p' }], agents: [{ agent: 'agt_1', state: 'acknowledged' }] })
  })

  it('says of a new resource what an agent finds out about its target, once one has looked', async () => {
    await standalone()
    const file = join(home, 'resource.yaml')
    await writeFile(file, 'kind: resource\nname: r\n')
    answers['PUT /v1/resources/r'] = { body: { name: 'r', posture: null, warnings: [] } }
    const warnings = ['critical: the role app is a superuser']
    answers['GET /v1/resources/r'] = { body: { name: 'r', posture: { findings: [] }, warnings } }
    expect(await sallyport(['resources', 'apply', '-f', file])).toBe(0)
    expect(stderr).toContain('enforced by 1 connected agent\nr: warning: critical: the role app is a superuser\n')
    expect(await sallyport(['resources', 'apply', '-f', file, '--json'])).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ name: 'r', warnings }] })
  })

  it('waits for nobody to look where no agent serves, or where there is nothing to look at', async () => {
    await standalone()
    const file = join(home, 'resource.yaml')
    await writeFile(file, 'kind: resource\nname: r\n')
    answers['PUT /v1/resources/r'] = { body: { name: 'r', warnings: [] } }
    expect(await sallyport(['resources', 'apply', '-f', file])).toBe(0)
    answers['PUT /v1/resources/r'] = { body: { name: 'r', posture: null, warnings: [] } }
    answers[agents] = { body: { items: [], next_cursor: null, config_version: '1.7' } }
    expect(await sallyport(['resources', 'apply', '-f', file])).toBe(0)
    expect(asked.map(({ line }) => line)).not.toContain('GET /v1/resources/r')
  })

  it('fails where an agent refuses it, with the reason; what was applied stays so', async () => {
    await standalone()
    const file = join(home, 'policy.yaml')
    await writeFile(file, 'kind: policy\nname: p\n')
    answers['PUT /v1/policies/p'] = { body: { name: 'p' } }
    onPut = () => {
      answers[agents] = standing('1.7', '1.8', 'unknown effect')
    }
    expect(await sallyport(['policies', 'apply', '-f', file])).toBe(1)
    expect(stderr).toContain('applied policy p\nagt_1 refuses it and goes on with what it had: unknown effect\n')
  })

  it('of roles alone asks no agent, and one who may not see agents is told so', async () => {
    await standalone()
    const file = join(home, 'documents.yaml')
    await writeFile(file, 'kind: role\nname: r\n')
    answers['PUT /v1/roles/r'] = { body: {} }
    expect(await sallyport(['roles', 'apply', '-f', file])).toBe(0)
    expect(asked.map(({ line }) => line)).not.toContain(agents)
    await writeFile(file, 'kind: resource\nname: r\n')
    answers['PUT /v1/resources/r'] = { body: {} }
    answers[agents] = { status: 403, body: { title: 'No', code: 'forbidden', detail: 'no' } }
    expect(await sallyport(['resources', 'apply', '-f', file])).toBe(0)
    expect(stderr).toContain('agent.read')
  })

  it('sends nothing when a later document is broken', async () => {
    await standalone()
    const file = join(home, 'documents.yaml')
    await writeFile(file, 'kind: resource\nname: r\n---\nkind: wizard\nname: w\n')
    expect(await sallyport(['resources', 'apply', '-f', file])).toBe(1)
    expect(stderr).toContain('document 2: kind must be one of')
    expect(asked).toEqual([])
  })

  it('refuses aliases, a few lines of which can stand for gigabytes', async () => {
    await standalone()
    const file = join(home, 'bomb.yaml')
    await writeFile(file, 'kind: resource\nname: &a r\nprotocol: *a\n')
    expect(await sallyport(['resources', 'apply', '-f', file])).toBe(1)
    expect(asked).toEqual([])
  })

  it('says which document was refused', async () => {
    await standalone()
    const file = join(home, 'documents.yaml')
    await writeFile(file, 'kind: resource\nname: r\n')
    answers['PUT /v1/resources/r'] = { status: 422, body: { title: 'Not like this', detail: 'because', code: 'unprocessable' } }
    expect(await sallyport(['resources', 'apply', '-f', file])).toBe(1)
    expect(stderr).toContain('document 1: Not like this: because (unprocessable)')
  })
})

describe('policies test', () => {
  const report = { name: 'p', hash: 'h', passed: 1, failed: 0, failures: [], models: [{ resource: 'shop', known: true }], warnings: [] }
  const policy = JSON.stringify({ kind: 'policy', name: 'p', tests: [{ statement: 'select 1' }, { statement: 'drop table x' }] })

  it('sends only policies, saves none, and counts', async () => {
    await standalone()
    const file = join(home, 'documents.yaml')
    await writeFile(file, `kind: resource\nname: r\n---\n${policy}\n`)
    answers['POST /v1/policies/test'] = { body: report }
    expect(await sallyport(['policies', 'test', '-f', file])).toBe(0)
    expect(stdout).toBe('p: 1 passed, 0 failed\n')
    expect(asked.filter(({ line }) => line.includes('/v1/')).map(({ line }) => line)).toEqual(['POST /v1/policies/test'])
    await writeFile(file, 'kind: resource\nname: r\n')
    expect(await sallyport(['policies', 'test', '-f', file])).toBe(2)
  })

  it('fails with each failing test, its statement and why, and says where nobody knew the target', async () => {
    await standalone()
    const file = join(home, 'policy.yaml')
    await writeFile(file, policy)
    const failures = [{ path: '/tests/1', message: 'expected allow, got deny' }]
    const body = { ...report, failed: 1, failures, models: [{ resource: 'shop', known: false }], warnings: ['masks (m): refused'] }
    answers['POST /v1/policies/test'] = { body }
    expect(await sallyport(['policies', 'test', '-f', file])).toBe(1)
    expect(stdout).toBe('p: 1 passed, 1 failed\n  /tests/1 drop table x: expected allow, got deny\n')
    expect(stderr).toContain('no agent has read the catalog of shop')
    expect(stderr).toContain('warning: masks (m): refused')
  })
})

describe('exec', () => {
  it('gives a client all it needs, the token in its environment only', async () => {
    await standalone()
    const out = join(home, 'seen.json')
    const script = `require('fs').writeFileSync(process.argv[1], JSON.stringify({ argv: process.argv, env: process.env }))`
    const env = { PGHOSTADDR: '10.0.0.1', PGSERVICE: 'elsewhere', SALLYPORT_TOKEN: '' }
    expect(await sallyport(['exec', '--as', 'dana', '-r', 'shop', '--', process.execPath, '-e', script, out], env)).toBe(0)
    const seen = JSON.parse(await readFile(out, 'utf8')) as { argv: string[]; env: Record<string, string> }
    const token = jwt({ sub: 'dana', resource: 'urn:sallyport:data' })
    expect(seen.env).toMatchObject({ PGHOST: 'localhost', PGPORT: '15432', PGUSER: 'dana', PGDATABASE: 'shop', PGPASSWORD: token })
    expect(seen.env).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: join(home, 'ca.pem') })
    expect(seen.env).not.toHaveProperty('PGHOSTADDR')
    expect(seen.env).not.toHaveProperty('PGSERVICE')
    expect(seen.argv.join(' ')).not.toContain(token)
    expect(stdout + stderr).not.toContain(token)
  })

  it('ends as the client ended', async () => {
    await standalone()
    expect(await sallyport(['exec', '--as', 'dana', '-r', 'shop', '--', process.execPath, '-e', 'process.exit(7)'])).toBe(7)
    expect(await sallyport(['exec', '--as', 'dana', '-r', 'shop', '--', 'no-such-program'])).toBe(1)
    expect(stderr).toContain('no such command: no-such-program')
  })
})

it('join-token prints only the token', async () => {
  await standalone()
  answers['POST /v1/agents/join-tokens'] = { status: 201, body: { id: 'jtk_1', token: 'sjt_secret.hash' } }
  expect(await sallyport(['agents', 'join-token', '--label', 'site=berlin', '--as', 'root'])).toBe(0)
  expect(stdout).toBe('sjt_secret.hash\n')
  expect(JSON.parse(asked.at(-1)!.body)).toMatchObject({ labels: { site: 'berlin' } })
})

it('a lock names its target as REST wants it', async () => {
  await standalone()
  answers['POST /v1/locks'] = { status: 201, body: { id: 'lck_1' } }
  await sallyport(['locks', 'add', '--principal', 'demo/dana', '--message', 'why'])
  expect(JSON.parse(asked.at(-1)!.body)).toEqual({ target: { kind: 'principal', provider: 'demo', name: 'dana' }, message: 'why' })
  await sallyport(['locks', 'add', '--token', 'jti-1', '--message', 'why', '--for', '1h'])
  const { target, expires_at } = JSON.parse(asked.at(-1)!.body) as { target: unknown; expires_at: string }
  expect(target).toEqual({ kind: 'token', id: 'jti-1' })
  expect(Date.parse(expires_at)).toBeGreaterThan(Date.now() + 3_500_000)
})

it('lists follow their cursor to the end', async () => {
  await standalone()
  answers['GET /v1/policies?limit=100'] = { body: { items: [{ name: 'b' }], next_cursor: 'c1' } }
  answers['GET /v1/policies?limit=100&cursor=c1'] = { body: { items: [{ name: 'a' }], next_cursor: null } }
  expect(await sallyport(['policies', 'list', '--json'])).toBe(0)
  expect((JSON.parse(stdout) as { items: unknown[] }).items).toEqual([{ name: 'b' }, { name: 'a' }])
})
