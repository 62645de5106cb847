import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { eventually, psql, rest, sallyport, shared, tokenOf } from './world.js'

/** The story of the README: an agent's update waits, a person decides from the command line. */
interface Listed {
  readonly id: string
  readonly state: string
  readonly end: string | null
  readonly texts: readonly { readonly text: string }[]
}

const update = (status: string, id: number) => `update orders set status='${status}' where id=${id}`

async function requests(text: string): Promise<readonly Listed[]> {
  const { code, stdout, stderr } = await sallyport(['approvals', 'list', '--as', 'dana', '--json'])
  if (code !== 0) throw new Error(stderr)
  return (JSON.parse(stdout) as { items: readonly Listed[] }).items.filter(({ texts }) => texts.some((one) => one.text.includes(text)))
}

const open = (text: string) => eventually(async () => (await requests(text)).find(({ state }) => state === 'requested')?.id ?? '', Boolean)

const stateOf = async (text: string, id: string) => (await requests(text)).find((one) => one.id === id)?.state

const decide = (decision: 'approve' | 'deny', id: string, as: string) =>
  sallyport(['approvals', decision, id, '--as', as, '--reason', 'as agreed'])

async function statusOf(id: number): Promise<string> {
  return (await psql([`select status from orders where id=${id}`], { as: 'root' })).stdout.trim()
}

/** A psql that can be interrupted and killed. */
async function startPsql(statement: string) {
  const { postgres } = shared().ready
  const child = spawn('psql', ['-X', '-At', '-w', `host=localhost port=${postgres.port} dbname=shop user=billing-agent`, '-c', statement], {
    env: { ...process.env, PGPASSWORD: await tokenOf('billing-agent') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return { child, ended, text: () => text }
}

describe('an update of an agent', () => {
  it('waits, is shown to a person with all it is about, runs once, and asks again the next time', async () => {
    // Not order 7, of which others know that it is paid.
    const row = Number((await psql(["select min(id) from orders where status='paid' and id > 100"], { as: 'root' })).stdout.trim())
    const statement = update('refunded', row)
    const first = psql([statement])
    const id = await open(statement)
    expect((await sallyport(['approvals', 'show', id, '--as', 'dana'])).stdout).toMatch(
      /billing-agent[^]*shop[^]*where id=\d+[^]*may decide/,
    )
    expect(await statusOf(row)).not.toBe('refunded')
    expect(await decide('approve', id, 'dana')).toMatchObject({ code: 0, stdout: `${id}: approved\n` })
    const ran = await first
    expect([ran.code, ran.stdout, ran.stderr.includes(id)]).toEqual([0, 'UPDATE 1\n', true])
    expect(await statusOf(row)).toBe('refunded')

    const second = psql([statement])
    const next = await open(statement)
    expect(next).not.toBe(id)
    expect((await decide('deny', next, 'dave')).code).toBe(0)
    expect((await second).stderr).toContain('dave denied it: as agreed')
  })

  it('is withdrawn by Ctrl-C, and never runs for a client that was killed', async () => {
    for (const [signal, row] of [
      ['SIGINT', 8],
      ['SIGKILL', 9],
    ] as const) {
      const statement = update('cancelled by a test', row)
      const { child, ended } = await startPsql(statement)
      const id = await open(statement)
      child.kill(signal)
      await ended
      await eventually(
        () => stateOf(statement, id),
        (state) => state === 'withdrawn',
      )
      const late = await decide('approve', id, 'dana')
      expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('withdrawn already')])
      expect(await statusOf(row)).not.toBe('cancelled by a test')
    }
  })

  it('inside a transaction is told to come again, and passes then, once', async () => {
    const statement = update('refunded', 10)
    const inside = await psql(['begin', 'select 1', statement])
    expect(inside.stderr).toMatch(/needs approval by dba; it was put before them[^]*apr_/)
    const id = await open(statement)
    await decide('approve', id, 'dana')
    expect((await psql([statement])).stdout).toBe('UPDATE 1\n')
  })

  it('is nobody to decide on but who the policy names, and every step is in the trail', async () => {
    const statement = update('refunded', 12)
    const asked = psql([statement])
    const id = await open(statement)
    for (const as of ['root', 'alice', 'billing-agent']) expect((await decide('approve', id, as)).code).toBe(1)
    await decide('approve', id, 'dana')
    expect((await asked).stdout).toBe('UPDATE 1\n')
    const { body } = await rest('root', 'GET', '/v1/audit/events?limit=200')
    const types = (body['items'] as { type: string; target?: { id?: string }; approval?: string }[])
      .filter(({ target, approval }) => target?.id === id || approval === id)
      .map(({ type }) => type)
    expect(new Set(types)).toEqual(new Set(['approval.approve', 'approval.use', 'statement.held', 'statement.released']))
  })
})
