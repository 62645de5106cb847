import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFolder } from '@sallyport/host'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const main = join(import.meta.dirname, '..', 'dist', 'main.js')
const anyPort = { SALLYPORT_PG_PORT: '0', SALLYPORT_ADMIN_PORT: '0' }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent run '))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function agent(
  args: readonly string[],
  env: Readonly<Record<string, string>> = anyPort,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, said }))
  })
}

describe('agent run', () => {
  it('exits with 2 and every error when flags and environment are wrong', async () => {
    const { code, said } = await agent(['run', '--server', 'nowhere'], { SALLYPORT_PG_PORT: 'x', SALLYPORT_BIND: 'y z' })
    expect(code).toBe(2)
    for (const name of ['--server', '--data', 'SALLYPORT_PG_PORT', 'SALLYPORT_BIND']) expect(said).toContain(name)
  })

  it('exits with 2 for a command it does not have, and with 0 when asked for help', async () => {
    expect(await agent(['walk'])).toMatchObject({ code: 2, said: expect.stringContaining('usage') as string })
    expect(await agent(['run', '--help'])).toMatchObject({ code: 0, said: expect.stringContaining('usage') as string })
  })

  it('exits with 1 and names the holder when another agent has the data directory', async () => {
    const lock = await lockFolder(folder)
    expect(lock.ok).toBe(true)
    const { code, said } = await agent(['run', '--server', 'localhost:1', '--data', folder])
    expect(code).toBe(1)
    expect(said).toContain(`in use by process ${process.pid}`)
  })

  it('exits with 1 and says what is missing where it was never enrolled, and lets go of the directory', async () => {
    const { code, said } = await agent(['run', '--server', 'localhost:1', '--data', folder])
    expect(code).toBe(1)
    expect(said).toContain('join token')
    expect(await lockFolder(folder)).toMatchObject({ ok: true })
  })
})
