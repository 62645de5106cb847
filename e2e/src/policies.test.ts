import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, psql, sallyport } from './world.js'

/** Concerns one function that nothing else here calls, so that other files may run beside it. */
const policy = (expected: string) => `
kind: policy
name: no-pi
subjects: {}
resources: { names: [shop] }
rules:
  - { id: pi, match: { functions: [pg_catalog.pi] }, action: deny }
  - { id: writes, match: { effects: { only: [maintenance] } }, action: hold, approvers: [{ groups: [dba] }], hold: { max_rows: 10 } }
tests:
  - { as: { groups: [ai-agents] }, resource: shop, statement: select pi(), expect: ${expected}, rule: pi }
`

describe('policies by the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport policies '))
  const file = join(folder, 'policy.yaml')
  beforeAll(() => psql(['select pi()']))
  afterAll(async () => {
    await sallyport(['policies', 'delete', 'no-pi'])
    rmSync(folder, { recursive: true })
  })

  const explained = async (statement: string) => {
    const { stdout } = await sallyport(['policies', 'explain', '--subject', 'billing-agent', '-r', 'shop', statement, '--json'])
    return JSON.parse(stdout) as { decision: { kind: string; rules: unknown }; model: { known: boolean }; outputs: unknown }
  }

  it('are explained as the agent decides, once a session has shown it the target', async () => {
    const { decision } = await eventually(
      () => explained('select count(*) from products'),
      ({ model }) => model.known,
    )
    expect(decision).toMatchObject({ kind: 'allow', rules: [{ policy: 'agents-on-shop', rule: 'read' }] })
    expect((await explained('drop table products')).decision.kind).toBe('deny')
  })

  it('tell what is masked of what a view shows, as psql then shows it', async () => {
    const statement = 'select id, email from customer_contacts order by id limit 1'
    const { outputs } = await eventually(
      () => explained(statement),
      ({ model }) => model.known,
    )
    expect(outputs).toMatchObject([[{ as: null }, { as: { partial: { keep: 'domain' } } }]])
    expect((await psql([statement])).stdout).toMatch(/^\d+\|\*\*\*@/)
  })

  it('are tested without being saved', async () => {
    writeFileSync(file, policy('allow'))
    const failed = await sallyport(['policies', 'test', '-f', file])
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('/tests/0 select pi(): expected allow, got deny') as string })
    writeFileSync(file, policy('deny'))
    expect(await sallyport(['policies', 'test', '-f', file])).toMatchObject({ code: 0, stdout: 'no-pi: 1 passed, 0 failed\n' })
    expect((await sallyport(['policies', 'get', 'no-pi'])).code).toBe(1)
  })

  it('are in force when apply returns, and what this build cannot do is said', async () => {
    expect((await psql(['select pi()'])).code).toBe(0)
    const applied = await sallyport(['policies', 'apply', '-f', file])
    const refused = await psql(['select pi()'])
    expect(applied).toMatchObject({ code: 0, stdout: '' })
    expect(applied.stderr).toContain('enforced by 1 connected agent')
    expect(applied.stderr).toContain('warning: max_rows (writes) on postgres')
    expect(refused.stderr).toContain('policy no-pi, rule pi')
  })
})
