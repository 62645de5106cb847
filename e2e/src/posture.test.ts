import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTemporaryPostgres } from '../../packages/embedded-postgres/dist/index.js'
import { eventually, run, sallyport } from './world.js'

interface Finding {
  readonly id: string
  readonly severity: string
}

interface Shown {
  readonly posture: { readonly findings: readonly Finding[]; readonly error: string | null } | null
}

const shown = async (name: string) => JSON.parse((await sallyport(['resources', 'get', name, '--json'])).stdout) as Shown

describe('the posture of a target', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport posture '))
  const file = join(folder, 'resource.yaml')
  let own: Awaited<ReturnType<typeof startTemporaryPostgres>>
  const resource = (password: string) => {
    const { port } = new URL(own.url)
    const target = { host: '127.0.0.1', port: Number(port), database: 'postgres', user: 'careless', password, sslmode: 'disable' }
    writeFileSync(file, JSON.stringify({ kind: 'resource', name: 'careless', protocol: 'postgres', target }))
  }

  beforeAll(async () => {
    own = await startTemporaryPostgres()
    await run('psql', [own.url, '-c', `CREATE ROLE careless SUPERUSER LOGIN PASSWORD 'opensesame'`])
  })
  afterAll(async () => {
    await sallyport(['resources', 'delete', 'careless'])
    await own.stop()
    rmSync(folder, { recursive: true })
  })

  it('of the demo has nothing but what is worth knowing, without a session ever', async () => {
    const { posture } = await eventually(
      () => shown('shop'),
      (answer) => answer.posture !== null,
    )
    expect(posture?.findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    const doctor = await sallyport(['doctor', '--json'])
    const { items } = JSON.parse(doctor.stdout) as { items: { check: string; ok: boolean; detail: string }[] }
    expect(items.find(({ check }) => check === 'targets')).toMatchObject({ ok: true, detail: expect.stringContaining('nothing critical') })
  })

  it('is warned of when a resource is applied, shown with its remedy, and gone when that has run', async () => {
    resource('not the password')
    const wrong = await sallyport(['resources', 'apply', '-f', file])
    expect(wrong).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('careless: warning: its target could not be looked at: the target refused'),
    })

    resource('opensesame')
    const applied = await sallyport(['resources', 'apply', '-f', file])
    expect(applied.stderr).toMatch(/careless: warning: critical: the role careless is a superuser/)
    const { stdout } = await sallyport(['resources', 'get', 'careless'])
    const [, remedy] = /^# {5}(ALTER ROLE careless NOSUPERUSER;)$/m.exec(stdout) ?? []
    expect(remedy).toBeDefined()
    expect((await sallyport(['doctor'])).stdout).toMatch(/FAIL {2}targets .*careless: the role careless is a superuser/)

    await run('psql', [own.url, '-c', remedy!])
    const again = await sallyport(['resources', 'apply', '-f', file])
    expect(again.stderr).not.toContain('superuser')
    expect((await shown('careless')).posture?.findings.map(({ id }) => id)).toEqual(['temporary_tables'])
  })
})
