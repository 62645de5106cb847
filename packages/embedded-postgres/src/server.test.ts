import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningPostgres, startPostgres } from './server.js'
import { startTemporaryPostgres } from './temporary.js'

let home: string
let running: RunningPostgres[]
const password = 'correct horse: battery/staple'

beforeEach(async () => {
  running = []
  home = await mkdtemp(join(tmpdir(), 'sallyport-test-'))
  await chmod(home, 0o711)
})

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()))
  await rm(home, { recursive: true, force: true })
})

async function start(dataDir: string): Promise<RunningPostgres> {
  const server = await startPostgres({ dataDir, password })
  running.push(server)
  return server
}

async function ask(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** A process of its own that starts the server and then only waits: the parent to be killed. */
async function startInChild(dataDir: string): Promise<{ parent: ChildProcess; url: string; pid: number }> {
  const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url))
  const script = `const { startPostgres } = await import(process.argv[1])
    const { url, pid } = await startPostgres({ dataDir: process.argv[2], password: process.argv[3] })
    console.log(JSON.stringify({ url, pid }))
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, entry, dataDir, password], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string]
  return { parent, ...(JSON.parse(line) as { url: string; pid: number }) }
}

const guardsOf = async (pid: number): Promise<readonly number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    pids.map(async (name) => ({ name, text: await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') })),
  )
  return lines.filter(({ text }) => text.includes(`sallyport-postgres-guard\0${pid}\0`)).map(({ name }) => Number(name))
}

/** A zombie that nobody has waited for yet is as dead as can be. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20)
}

describe('a server', () => {
  it('answers the right password and no other', async () => {
    const server = await start(join(home, 'data'))
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await expect(ask(server.url.replace('correct', 'wrong'), 'select 1')).rejects.toMatchObject({ code: '28P01' })
  })

  it('speaks UTF-8, stores passwords as SCRAM and listens on the loopback address alone', async () => {
    const server = await start(join(home, 'data'))
    const [row] = await ask(
      server.url,
      `select current_setting('server_encoding') as encoding, current_setting('listen_addresses') as listen,
       current_setting('unix_socket_directories') as sockets, rolpassword like 'SCRAM-SHA-256$%' as scram from pg_authid where rolname = 'postgres'`,
    )
    expect(row).toEqual({ encoding: 'UTF8', listen: '127.0.0.1', sockets: '', scram: true })
    const outside = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find((entry) => !entry.internal && entry.family === 'IPv4')
    if (outside === undefined) return
    const socket = connect(server.port, outside.address)
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
  })

  it('leaves no password behind beside the data', async () => {
    await start(join(home, 'data'))
    expect(await readdir(home)).toEqual(['data'])
  })

  it('keeps its rows over a stop and a start, in a path with spaces', async () => {
    const dataDir = join(home, 'a path', 'with spaces')
    const first = await start(dataDir)
    await ask(first.url, 'create table kept as select 42 as n')
    await first.stop()
    const second = await start(dataDir)
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 42 }])
  })

  it('runs below a folder that nobody else may enter', async () => {
    await chmod(home, 0o700)
    const server = await start(join(home, 'data'))
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(alive(server.pid)).toBe(false)
  })

  it('takes settings', async () => {
    const server = await startTemporaryPostgres({ extraConfig: { work_mem: '12MB' } })
    running.push(server)
    expect(await ask(server.url, 'show work_mem')).toEqual([{ work_mem: '12MB' }])
  })
})

describe('what an earlier life left', () => {
  it('loses no acknowledged row when the server is killed, and says that it ended', async () => {
    const first = await start(join(home, 'data'))
    const ended = new Promise((done) => first.onExit(done))
    await ask(first.url, 'create table kept as select 42 as n')
    process.kill(first.pid, 'SIGKILL')
    expect(await ended).toEqual({ code: null, signal: 'SIGKILL' })
    const second = await start(join(home, 'data'))
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 42 }])
  })

  it('says nothing of an end that was asked for', async () => {
    const server = await start(join(home, 'data'))
    let told = false
    server.onExit(() => (told = true))
    await server.stop()
    expect(told).toBe(false)
  })

  it('ends with its parent, however that dies', async () => {
    const { parent, pid } = await startInChild(join(home, 'data'))
    parent.kill('SIGKILL')
    await until(() => !alive(pid))
    expect(alive(pid)).toBe(false)
  })

  it('is ended by the next start when parent and guard were killed', async () => {
    const { parent, pid, url } = await startInChild(join(home, 'data'))
    await ask(url, 'create table kept as select 42 as n')
    const guards = await guardsOf(pid)
    expect(guards).toHaveLength(1)
    for (const guard of guards) process.kill(guard, 'SIGKILL')
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    expect(alive(pid)).toBe(true)
    const second = await start(join(home, 'data'))
    expect(alive(pid)).toBe(false)
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 42 }])
  })

  it('does not let a reused process id in the lock file stand in the way', async () => {
    const first = await start(join(home, 'data'))
    const lock = await readFile(join(home, 'data', 'postmaster.pid'), 'utf8')
    await first.stop()
    await writeFile(join(home, 'data', 'postmaster.pid'), lock.replace(/^\d+/, String(process.pid)))
    const second = await start(join(home, 'data'))
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(alive(process.pid)).toBe(true)
  })

  it('begins anew where making the data folder was interrupted', async () => {
    await mkdir(join(home, 'data.new', 'base'), { recursive: true })
    const server = await start(join(home, 'data'))
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

describe('a folder that will not do', () => {
  it('is refused when it holds another major version', async () => {
    await mkdir(join(home, 'data'))
    await writeFile(join(home, 'data', 'PG_VERSION'), '13\n')
    await expect(start(join(home, 'data'))).rejects.toThrow(/PostgreSQL 13, this is PostgreSQL 15/)
  })

  it('is refused, and left as it was, when it holds something else', async () => {
    await mkdir(join(home, 'data'))
    await writeFile(join(home, 'data', 'thesis.tex'), 'precious')
    await expect(start(join(home, 'data'))).rejects.toThrow(/holds no PostgreSQL data/)
    expect(await readdir(join(home, 'data'))).toEqual(['thesis.tex'])
  })

  it('is no reason to hide why the server did not start', async () => {
    await expect(startPostgres({ dataDir: join(home, 'data'), password, extraConfig: { no_such_setting: '1' } })).rejects.toThrow(
      /no_such_setting/,
    )
  })
})

it('a temporary server leaves nothing behind', async () => {
  const before = new Set(await readdir(tmpdir()))
  const server = await startTemporaryPostgres()
  const [made] = (await readdir(tmpdir())).filter((name) => name.startsWith('sallyport-pg-') && !before.has(name))
  expect(made).toBeDefined()
  await server.stop()
  expect(await readdir(tmpdir())).not.toContain(made)
})
