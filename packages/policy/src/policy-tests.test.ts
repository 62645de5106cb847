import { describe, expect, it } from 'vitest'
import { allowReads, denyDeletes, policy, read, remove } from '../test/fixtures.js'
import { runPolicyTests } from './index.js'

const test = (parts: object) => ({
  as: { groups: ['ai-agents'] },
  resource: 'shop',
  statement: 'DELETE FROM orders',
  expect: 'deny',
  ...parts,
})
const classify = async ({ statement }: { statement: string }) => {
  if (statement === 'slect') throw new Error('syntax error')
  return { actions: [statement.startsWith('DELETE') ? remove : read], session: { database: 'orders' } }
}

function run(tests: readonly object[], parts: object = {}) {
  return runPolicyTests(policy({ subjects: { groups: ['ai-agents'] }, rules: [allowReads, denyDeletes], tests, ...parts }), classify)
}

describe('the tests of a policy', () => {
  it('pass in silence', async () => {
    expect(await run([test({ rule: 'no-deletes' }), test({ statement: 'SELECT 1', expect: 'allow', rule: 'reads' })])).toEqual([])
  })

  it('fail with what was decided instead, all of them', async () => {
    const problems = await run([
      test({ expect: 'allow' }),
      test({}),
      test({ rule: 'reads' }),
      test({ statement: 'SELECT 1', as: { groups: ['dba'] }, expect: 'allow' }),
      test({ statement: 'slect' }),
    ])
    expect(problems.map(({ path }) => path)).toEqual(['/tests/0', '/tests/2', '/tests/3', '/tests/4'])
    expect(problems[0]!.message).toContain('expected allow, got deny by no-deletes')
    expect(problems[1]!.message).toContain('expected rule reads, got no-deletes')
    expect(problems[3]!.message).toBe('the statement cannot be classified: syntax error')
  })

  it('speak of the resources that the policy is about, by name or by label', async () => {
    const select = { statement: 'SELECT 1', expect: 'allow' }
    expect(await run([test(select)], { resources: { labels: { env: 'prod' } } })).toEqual([])
    expect(await run([test({ ...select, resource: 'other' })], { resources: { names: ['shop'] } })).toHaveLength(1)
  })

  it('are of a session as the protocol tells it', async () => {
    const here = { rules: [{ ...allowReads, when: 'session.database == "orders"' }] }
    expect(await run([test({ statement: 'SELECT 1', expect: 'allow' })], here)).toEqual([])
  })

  it('name principals of the primary provider, or of the one they say', async () => {
    const select = { statement: 'SELECT 1', expect: 'allow' }
    expect(
      await run([test({ ...select, as: { principal: 'bob', kind: 'human' } })], { subjects: { principals: ['bob'], kinds: ['human'] } }),
    ).toEqual([])
    expect(await run([test({ ...select, as: { groups: ['ai-agents'], provider: 'corp' } })])).toHaveLength(1)
    expect(await run([test({ ...select, as: { groups: ['x'], provider: 'corp' } })], { subjects: { groups: ['corp/x'] } })).toEqual([])
  })
})
