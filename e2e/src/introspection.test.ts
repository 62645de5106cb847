import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Address, gatewayTo, shopDirect } from './drivers/ground.js'
import { root } from './world.js'

/**
 * What graphical clients, ORMs and drivers ask of the catalogs when they connect and browse. `recorded`: taken from the
 * server's log while that version ran against the shop, object ids written as names; `restated`: the same question of the
 * same relations, columns and functions, in our words.
 */
interface Statement {
  readonly tool: string
  readonly version?: string
  readonly how: 'recorded' | 'restated'
  readonly sql: string
  /** Why the read-only demo policy refuses it. */
  readonly refused?: string
  /** Why its result is another one through the gateway. */
  readonly differs?: string
}

const statements = JSON.parse(readFileSync(join(root, 'e2e', 'introspection', 'statements.json'), 'utf8')) as readonly Statement[]

const open = async (at: Address) => {
  const client = new pg.Client({ ...at, ssl: at.tls ? { rejectUnauthorized: false } : false })
  await client.connect()
  return client
}

/** Rows as the server wrote them. */
const asText = { getTypeParser: () => (value: string | null) => value } as unknown as pg.CustomTypesConfig

async function ask(client: pg.Client, text: string): Promise<string> {
  const answer = client.query({ text, rowMode: 'array', types: asText })
  return answer.then(
    ({ command, fields, rows }) => JSON.stringify([command, fields.map(({ name, dataTypeID }) => [name, dataTypeID]), rows]),
    ({ code }: { code: string }) => `error ${code}`,
  )
}

function verdict(gateway: string, direct: string): string {
  if (direct.startsWith('error')) return `${direct}, also directly`
  if (gateway === 'error 42501') return 'refused'
  return gateway === direct ? 'the same' : 'differs'
}

describe('introspection by report-bot under the read-only demo policy', () => {
  let direct: pg.Client
  let gateway: pg.Client
  beforeAll(async () => {
    direct = await open(await shopDirect())
    gateway = await open(await gatewayTo('shop', 'report-bot'))
  })
  afterAll(() => Promise.all([direct.end(), gateway.end()]))

  it('is refused at most 2 times in 100', () => {
    expect(statements.length).toBeGreaterThanOrEqual(200)
    expect(statements.filter(({ refused }) => refused !== undefined).length).toBeLessThanOrEqual(statements.length * 0.02)
  })

  it.each([...new Set(statements.map(({ tool }) => tool))])('gives %s what it gets directly', async (tool) => {
    const asked = statements.filter((each) => each.tool === tool)
    const seen: string[] = []
    for (const { sql } of asked) seen.push(`${verdict(await ask(gateway, sql), await ask(direct, sql))}: ${sql}`)
    expect(seen).toEqual(asked.map(({ sql, refused, differs }) => `${refused ? 'refused' : differs ? 'differs' : 'the same'}: ${sql}`))
  })
})
