import { describe, expect, it } from 'vitest'
import type { Api } from './api.js'
import { awaitPosture, checkPostures, describePosture, type Resource, summaryOf } from './posture.js'

const finding = (id: string, severity: 'critical' | 'warning' | 'info', remedy = 'ALTER ROLE app NOSUPERUSER;') => ({
  id,
  severity,
  what: `the role app is ${id}`,
  remedy,
})

const at = '2026-11-24T01:02:03.000Z'
type Posture = NonNullable<Resource['posture']>

function shop(posture?: Partial<Posture> | null): Resource {
  const whole = posture && { agent: 'agt_1', database: 'shop', checked_at: at, error: null, findings: [], ...posture }
  return { name: 'shop', protocol: 'postgres', ...(posture !== undefined && { posture: whole }) } as Resource
}

/** Answers one after the other, the last one for ever. */
function apiOf(...answers: readonly { readonly status: number; readonly body: unknown }[]): Api {
  let asked = 0
  const GET = async () => {
    const { status, body } = answers[Math.min(asked++, answers.length - 1)]!
    return { response: new Response(null, { status }), ...(status < 300 ? { data: body } : { error: body }) }
  }
  return { GET } as unknown as Api
}

const soon = { total: 100, pause: 1 }

describe('the posture of a resource', () => {
  it('is awaited, no longer than the patience lasts', async () => {
    const [none, found] = [shop(null), shop({})]
    expect(await awaitPosture(apiOf({ status: 200, body: none }, { status: 200, body: found }), 'shop', soon)).toEqual(found)
    expect(await awaitPosture(apiOf({ status: 200, body: none }), 'shop', soon)).toEqual(none)
    expect(await awaitPosture(apiOf({ status: 403, body: { title: 'No', code: 'forbidden', status: 403 } }), 'shop', soon)).toBeUndefined()
  })

  it.each([
    [shop(), undefined],
    [shop(null), 'not looked at yet'],
    [shop({}), 'nothing found'],
    [
      shop({ findings: [finding('superuser', 'critical'), finding('owner', 'warning'), finding('other', 'warning')] }),
      '1 critical, 2 warning',
    ],
    [shop({ error: 'away', findings: [finding('owner', 'warning')] }), '1 warning; could not be looked at'],
    [shop({ error: 'away', checked_at: null }), 'could not be looked at'],
  ])('is told in few words: %#', (resource, expected) => {
    expect(summaryOf(resource)).toBe(expected)
  })

  it('is described with each remedy, in comments that steer no terminal', () => {
    const resource = shop({ error: 'the target does not answer', findings: [finding('superuser', 'critical', 'A;\nB; -- \u001b[2J')] })
    expect(describePosture(resource)).toBe(`# posture: 1 critical; could not be looked at, by agt_1 at ${at}
#   the target does not answer
#
# critical superuser: the role app is superuser
#     A;
#     B; -- \\u001b[2J`)
    expect(describePosture(shop())).toBe('')
  })

  it('fails the doctor where it is critical, and is counted where it is not', async () => {
    const list = (...items: readonly Resource[]) => apiOf({ status: 200, body: { items, next_cursor: null } })
    const bad = shop({ findings: [finding('superuser', 'critical'), finding('owner', 'warning')] })
    await expect(checkPostures(list(shop(null), bad))).rejects.toThrow(/^shop: the role app is superuser \(sallyport resources get NAME/)
    const told = await checkPostures(
      list(shop({ findings: [finding('owner', 'warning')] }), shop(null), shop(), shop({ error: 'away', checked_at: null })),
    )
    expect(told).toBe('1 of 3 looked at, nothing critical; shop: away')
  })
})
