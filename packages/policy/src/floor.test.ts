import { describe, expect, it } from 'vitest'
import { action, denyDeletes, grant, policy, read, request } from '../test/fixtures.js'
import { decide } from './index.js'

const closed = policy({ name: 'closed', rules: [denyDeletes] })

describe('the floor', () => {
  const everything = policy({
    rules: [{ id: 'all', match: { effects: { only: ['read', 'lexing', 'unparsable', 'filesystem'] } }, action: 'allow' }],
  })

  it.each([
    ['unparsable', 'unparsable'],
    ['protocol_violation', 'protocol_violation'],
    ['oversize', 'too_large'],
    ['unknown_statement', 'floor'],
    ['lexing', 'floor'],
    ['impersonate', 'floor'],
    ['replication', 'floor'],
    ['filesystem', 'floor'],
    ['execute_code', 'floor'],
    ['execute_unknown', 'floor'],
    ['dynamic_sql', 'floor'],
  ])('no policy can allow %s', (effect, code) => {
    const decision = decide(request([read, action({ effects: ['read', effect], reason: 'because of this' })]), [everything])
    expect(decision).toMatchObject({
      kind: 'deny',
      code,
      rules: [{ policy: 'floor', rule: effect }],
      message: expect.stringContaining('because of this') as string,
    })
  })

  it('is met by the reason of what is not surely known', () => {
    const unsure = action({ certainty: 'unknown', reason: 'unparsable: syntax error at "slect"' })
    expect(decide(request([unsure]), [everything])).toMatchObject({
      code: 'unparsable',
      message: expect.stringContaining('slect') as string,
    })
  })

  it('comes before what denies, and no grant lifts it', () => {
    const asked = request([action({ effects: ['filesystem'] })], { digest: 'd', grants: [grant({ digest: 'd', policies: 'x' })] })
    expect(decide(asked, [closed, policy({ rules: [{ id: 'no', action: 'deny' }] })])).toMatchObject({ code: 'floor' })
  })
})
