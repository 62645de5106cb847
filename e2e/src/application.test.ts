import { readFileSync } from 'node:fs'
import { connect as connectTo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Address, gatewayTo, shopDirect } from './drivers/ground.js'
import { root } from './world.js'

/**
 * What applications send all day, by hand and as ORMs shape it, to the demo's shop under the demo's policy: reads come
 * back, masked where they must be; single-row writes wait for a person; what is refused is refused by what the policy
 * means, and says so in words that let whoever asked ask better.
 */
interface Statement {
  readonly tool: string
  readonly sql: string
  readonly values?: readonly (string | null)[]
  readonly expect: 'allowed' | 'held' | 'refused'
  /** Why the policy refuses it. */
  readonly why?: string
}

const statements = JSON.parse(readFileSync(join(root, 'e2e', 'application', 'statements.json'), 'utf8')) as readonly Statement[]
const isRead = ({ sql }: Statement) =>
  !/^\s*(?:insert|update|delete|merge|truncate|create|alter|drop|grant)\b|\b(?:insert into|delete from)\b/i.test(sql)

interface Told {
  readonly verdict: 'allowed' | 'held' | 'refused' | 'failed'
  readonly message: string
  readonly hint: string
  readonly rows: number
}

const connect = async (at: Address) => {
  const client = new pg.Client({ ...at, ssl: at.tls ? { rejectUnauthorized: false } : false })
  await client.connect()
  return client
}

/** What pg knows of a connection, but does not tell its types. */
interface Cancellable {
  readonly processID: number
  readonly secretKey: number
  readonly port: number
}

/** Whoever is told to wait for a person withdraws: a CancelRequest (message flow, "Canceling Requests in Progress"). */
function withdraw(client: pg.Client): void {
  const { processID, secretKey, port } = client as unknown as Cancellable
  const request = Buffer.alloc(16)
  for (const [i, word] of [16, 80877102, processID, secretKey].entries()) request.writeInt32BE(word, i * 4)
  connectTo(port, '127.0.0.1')
    .on('error', () => undefined)
    .end(request)
}

async function ask(client: pg.Client, { sql, values }: Statement): Promise<Told> {
  let held: { readonly message?: string | undefined; readonly hint?: string | undefined } | undefined
  const onNotice = (notice: { readonly message?: string | undefined; readonly hint?: string | undefined }) => {
    if (!notice.message?.startsWith('held by')) return
    held = notice
    withdraw(client)
  }
  client.on('notice', onNotice)
  try {
    const answer = await client.query(sql, values && [...values])
    const results = (Array.isArray(answer) ? answer : [answer]) as readonly pg.QueryResult[]
    return { verdict: 'allowed', message: '', hint: '', rows: results.reduce((sum, { rows }) => sum + rows.length, 0) }
  } catch (error) {
    const { code, message, hint = '' } = error as { code?: string; message: string; hint?: string }
    if (held && code === '57014') return { verdict: 'held', message: held.message ?? '', hint: held.hint ?? '', rows: 0 }
    return { verdict: code === '42501' ? 'refused' : 'failed', message: `${code ?? ''} ${message}`, hint, rows: 0 }
  } finally {
    client.off('notice', onNotice)
  }
}

describe('ordinary statements of applications under the demo policy', () => {
  let direct: pg.Client
  let gateway: pg.Client
  const told = new Map<Statement, Told>()
  beforeAll(async () => {
    direct = await connect(await shopDirect())
    gateway = await connect(await gatewayTo('shop', 'billing-agent'))
    for (const statement of statements) told.set(statement, await ask(gateway, statement))
  })
  afterAll(() => Promise.all([direct.end(), gateway.end()]))

  it('are three hundred, each of which the shop itself understands', async () => {
    expect(statements.length).toBeGreaterThanOrEqual(300)
    const failed: string[] = []
    for (const statement of statements.filter(isRead)) {
      const { verdict, message, rows } = await ask(direct, statement)
      // It owns nothing: what it may not do at all is no mistake of the statement.
      if (verdict === 'failed') failed.push(`${message}: ${statement.sql}`)
      if (told.get(statement)!.verdict === 'allowed' && told.get(statement)!.rows !== rows) failed.push(`other rows: ${statement.sql}`)
    }
    for (const statement of statements.filter((each) => !isRead(each))) {
      await direct.query('begin')
      const { verdict, message } = await ask(direct, statement)
      await direct.query('rollback')
      if (verdict === 'failed') failed.push(`${message}: ${statement.sql}`)
    }
    expect(failed).toEqual([])
  })

  it('get what the policy means', () => {
    const wrong = statements.filter((each) => told.get(each)!.verdict !== each.expect)
    expect(wrong.map((each) => `${told.get(each)!.verdict}, not ${each.expect}: ${each.sql} | ${told.get(each)!.message}`)).toEqual([])
  })

  it('are refused at most 2 times in 100 where they read, and never without a reason', () => {
    const reads = statements.filter(isRead).filter(({ why = '' }) => !why.startsWith('payroll') && !why.startsWith('locking'))
    expect(reads.filter((each) => told.get(each)!.verdict !== 'allowed').length).toBeLessThanOrEqual(reads.length * 0.02)
    expect(statements.filter(({ expect: expected, why }) => expected === 'refused' && why === undefined)).toEqual([])
  })

  it('say with every refusal what would be allowed, or whom to ask', () => {
    const refused = statements.filter((each) => told.get(each)!.verdict !== 'allowed')
    expect(refused.filter((each) => told.get(each)!.hint === '').map(({ sql }) => sql)).toEqual([])
    const masked = refused.filter(({ sql }) => /\bemail\b/.test(sql) && !/^(?:insert|update)/i.test(sql))
    for (const each of masked) expect(`${told.get(each)!.message} ${told.get(each)!.hint}`).toContain('public.customers.email')
  })
})
