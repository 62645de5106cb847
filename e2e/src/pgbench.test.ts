import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { run, shared, tokenOf } from './world.js'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('pgbench', () => {
  it.each(['simple', 'extended', 'prepared'])('runs its %s protocol without a failure', async (protocol) => {
    const script = join(folder, 'one.sql')
    writeFileSync(script, '\\set id random(1, 1000)\nselect id, status from orders where id = :id;\n')
    const { ready } = shared()
    const env = { PGPASSWORD: await tokenOf('billing-agent'), PGSSLMODE: 'require' }
    const args = [
      '-n',
      '-M',
      protocol,
      '-c',
      '4',
      '-j',
      '2',
      '-t',
      '50',
      '-f',
      script,
      '-h',
      'localhost',
      '-p',
      String(ready.postgres.port),
      '-U',
      'billing-agent',
      'shop',
    ]
    const { code, stdout, stderr } = await run('pgbench', args, env)
    expect(stderr).not.toMatch(/error|aborted/i)
    expect(code).toBe(0)
    expect(stdout).toContain('number of transactions actually processed: 200/200')
  })
})
