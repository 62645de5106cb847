import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyPort, eventually, psql, removeHome, root, run, sallyport, startStandalone, tokenOf, type Standalone } from './world.js'

const main = join(root, 'apps', 'standalone', 'dist', 'main.js')

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie still has a number: what counts is that it no longer runs.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const allGone = (pids: readonly number[]) =>
  eventually(
    async () => pids.filter(alive),
    (left) => left.length === 0,
    10_000,
  )

interface Listed {
  readonly items: { readonly id: string; readonly state: string }[]
}

/** How often a text stands in the trail of the newest sessions. */
async function timesRecorded(home: string, text: string): Promise<number> {
  const listed = JSON.parse((await sallyport(['sessions', 'list', '--json'], { home })).stdout) as Listed
  const shown = await Promise.all(listed.items.slice(0, 10).map((s) => sallyport(['sessions', 'show', s.id, '--json'], { home })))
  return shown.reduce(
    (sum, { stdout }) =>
      sum +
      (JSON.parse(stdout) as { events: { type: string; texts?: { text: string }[] }[] }).events.filter(
        (e) => e.type === 'statement.decided' && e.texts?.some((t) => t.text.includes(text)),
      ).length,
    0,
  )
}

describe('the standalone', () => {
  let world: Standalone
  beforeAll(async () => {
    world = await startStandalone()
  })
  afterAll(async () => {
    await world.stop()
    removeHome(world.home)
  })
  const here = () => ({ home: world.home, ready: world.ready() })

  it('keeps what it wrote for its owner only', () => {
    expect(statSync(join(world.home, 'ready.json')).mode & 0o777).toBe(0o600)
    for (const name of readdirSync(join(world.home, 'demo'))) expect(statSync(join(world.home, 'demo', name)).mode & 0o077, name).toBe(0)
  })

  it('tells a second instance where the running one is, and that one exits with 1', async () => {
    const second = await run(process.execPath, [main], { SALLYPORT_HOME: world.home })
    expect(second.code).toBe(1)
    expect(second.stdout + second.stderr).toContain(world.ready().http)
    expect(await psql(['select 1'], here())).toMatchObject({ stderr: '', code: 0 })
  })

  it('names who holds a taken port', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as { port: number }
    const home = `${world.home} taken`
    const failed = await run(process.execPath, [main], {
      SALLYPORT_HOME: home,
      SALLYPORT_HTTP_PORT: '0',
      SALLYPORT_GRPC_PORT: '0',
      SALLYPORT_ADMIN_PORT: '0',
      SALLYPORT_ISSUER_PORT: '0',
      SALLYPORT_PG_PORT: String(port),
    })
    holder.close()
    removeHome(home)
    expect(failed.code).not.toBe(0)
    expect(failed.stdout + failed.stderr).toContain(String(port))
    expect(failed.stdout + failed.stderr).toContain(String(process.pid))
  })

  it('a query that runs while the control plane is killed finishes, and its trail arrives later, once', async () => {
    const marker = `outage-${Date.now()}`
    const running = psql([`select '${marker}', pg_sleep(2)`], { ...here(), as: 'root' })
    await new Promise((resolve) => setTimeout(resolve, 700))
    process.kill(world.ready().pids['control_plane']!, 'SIGKILL')
    const { code, stdout } = await running
    expect(code).toBe(0)
    expect(stdout).toContain(marker)
    await eventually(
      async () => (await sallyport(['whoami'], { home: world.home })).code,
      (c) => c === 0,
      20_000,
    )
    expect(
      await eventually(
        () => timesRecorded(world.home, marker),
        (n) => n > 0,
        20_000,
      ),
    ).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await timesRecorded(world.home, marker)).toBe(1)
  })

  it('an agent killed in mid-query is back, and the statement is told as outcome unknown, never run again', async () => {
    const marker = `killed-${Date.now()}`
    const running = psql([`select '${marker}', pg_sleep(5)`], { ...here(), as: 'root' })
    await eventually(
      () => timesRecorded(world.home, marker),
      (n) => n === 1,
      5_000,
    )
    const before = world.ready().pids['agent']!
    process.kill(before, 'SIGKILL')
    expect((await running).code).not.toBe(0)
    await eventually(
      () => psql(['select 1'], here()),
      (r) => r.code === 0,
      20_000,
    )
    const outcome = async () => {
      const listed = JSON.parse((await sallyport(['sessions', 'list', '--json'], { home: world.home })).stdout) as Listed
      for (const { id } of listed.items.slice(0, 10)) {
        const { events } = JSON.parse((await sallyport(['sessions', 'show', id, '--json'], { home: world.home })).stdout) as {
          events: { type: string; statement?: string; texts?: { text: string }[]; outcome?: { status: string } }[]
        }
        const decided = events.find((e) => e.texts?.some((t) => t.text.includes(marker)))
        if (decided) return events.find((e) => e.type === 'statement.ended' && e.statement === decided.statement)?.outcome?.status
      }
      return undefined
    }
    expect(await eventually(outcome, (status) => status !== undefined, 15_000)).toBe('unknown')
    expect(await timesRecorded(world.home, marker)).toBe(1)
  })

  it('survives a kill -9 of everything: what was acknowledged is there after the next start', async () => {
    const marker = `survivor-${Date.now()}`
    await psql([`select '${marker}'`], here())
    await eventually(
      () => timesRecorded(world.home, marker),
      (n) => n === 1,
    )
    const pids = Object.values(world.ready().pids)
    for (const pid of [world.process.pid!, ...pids]) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Some die of their parent's death before their turn.
      }
    }
    await allGone(pids)
    const started = Date.now()
    world = await startStandalone({ home: world.home })
    expect(Date.now() - started).toBeLessThan(30_000)
    expect(await timesRecorded(world.home, marker)).toBe(1)
    expect(await psql(['select 1'], here())).toMatchObject({ stderr: '', code: 0 })
  })

  it('takes its children with it when only it is killed', async () => {
    const pids = Object.values(world.ready().pids)
    process.kill(world.process.pid!, 'SIGKILL')
    await allGone(pids)
    world = await startStandalone({ home: world.home })
    expect(await psql(['select 1'], here())).toMatchObject({ stderr: '', code: 0 })
  })

  it('dies with its parent', async () => {
    await world.stop()
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${main}" & echo started; wait`], {
      env: { ...process.env, ...anyPort, SALLYPORT_HOME: world.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await eventually(
      async () => output,
      (o) => /^sallyport ready/m.test(o),
      60_000,
    )
    const pids = Object.values(world.ready().pids)
    shell.kill('SIGKILL')
    await allGone(pids)
    world = await startStandalone({ home: world.home })
    expect(await psql(['select 1'], here())).toMatchObject({ stderr: '', code: 0 })
  })

  it('lets its agent join anew when the identity of the agent is gone', async () => {
    await world.stop()
    rmSync(join(world.home, 'agent'), { recursive: true })
    world = await startStandalone({ home: world.home })
    expect(await psql(['select 1'], here())).toMatchObject({ stderr: '', code: 0 })
    expect(readdirSync(join(world.home, 'bootstrap'))).not.toContain('join-token')
  })

  it('never wrote a token, a target password or the minting secret into a log, an event or an error', async () => {
    const token = await tokenOf('billing-agent', world.home)
    await psql(['select 1'], here())
    await psql(['drop table orders'], here())
    await psql(['select 1'], { ...here(), password: `${token}x` })
    const canaries = [token, token.split('.')[2]!]
    for (const name of readdirSync(join(world.home, 'demo'))) {
      const text = readFileSync(join(world.home, 'demo', name), 'utf8').trim()
      if (/secret/i.test(name) && text.length >= 16 && !text.includes('\n')) canaries.push(text)
    }
    expect(canaries.length).toBeGreaterThan(2)
    const spoken = [
      world.output(),
      ...files(world.home)
        .filter((f) => /\.(log|jsonl?|seg|spool)$/.test(f) && !f.includes('/demo/'))
        .map((f) => readFileSync(f, 'latin1')),
    ].join('\n')
    const { stdout } = await sallyport(['sessions', 'list', '--json'], { home: world.home })
    const trail = await Promise.all(
      (JSON.parse(stdout) as Listed).items.map((s) => sallyport(['sessions', 'show', s.id, '--json'], { home: world.home })),
    )
    const all = `${spoken}\n${trail.map((t) => t.stdout).join('\n')}`
    for (const canary of canaries) expect(all.includes(canary)).toBe(false)
  })

  it('ends every process within 10 s of SIGTERM', async () => {
    const pids = Object.values(world.ready().pids)
    expect(pids.length).toBeGreaterThanOrEqual(3)
    await world.stop('SIGTERM')
    await allGone(pids)
  })
})

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'postgres' || entry.name === 'pgdata' ? [] : files(path)
    return [path]
  })
}
