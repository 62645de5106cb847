import { describe, expect, test } from 'vitest'
import { classified, model, only, read } from '../corpus/world.js'
import { classify } from './classify.js'
import type { Outline } from './outline/outline.js'

const context = { model, searchPath: model.searchPath }

describe('texts with several statements', () => {
  test('each is told for itself, all know that they are many', () => {
    const all = classified('begin; delete from orders where id = 1; commit')
    expect(all.map(({ action, text }) => [action.verb, text])).toEqual([
      ['begin', 'begin'],
      ['delete', 'delete from orders where id = 1'],
      ['commit', 'commit'],
    ])
    for (const { action } of all) expect(action.facts).toMatchObject({ multi: true, statements: 3 })
    expect(only('select 1').action.facts).toMatchObject({ multi: false, statements: 1 })
  })

  test('after a change of name resolution nothing with names in it is sure', () => {
    const [, relation, none] = classified('set search_path = alt; select id from users; select 1')
    expect(relation!.action).toMatchObject({ certainty: 'unknown', reason: expect.stringContaining('how names resolve') as string })
    expect(none!.action.certainty).toBe('exact')
  })

  test('after DDL neither', () => {
    const [, later] = classified('drop table orders; select id from users')
    expect(later!.action).toMatchObject({ certainty: 'unknown', reason: expect.stringContaining('changes the catalog') as string })
  })
})

describe('what cannot be read', () => {
  test('is one statement that may do anything', () => {
    const [one, ...more] = classify({ ok: false, code: 'unparsable', reason: 'syntax error' }, context)
    expect(more).toEqual([])
    expect(one).toMatchObject({
      action: { verb: 'unparsable', effects: ['unparsable'], certainty: 'unknown', reason: 'syntax error', touches: [] },
      control: { changesSettings: true, changesNames: true, changesLexing: true, ddl: true },
    })
  })

  test('what is too large says so', () => {
    expect(classify({ ok: false, code: 'too_large', reason: 'too long' }, context)[0]!.action.effects).toEqual(['oversize'])
  })

  test('an unknown node makes the whole statement unknown', () => {
    const parsed = read('select id from orders')
    if (!parsed.ok) throw new Error(parsed.reason)
    const outline: Outline = { ...parsed.statements[0]!.outline, unknown: ['BrandNewStmt'] }
    const [one] = classify({ ok: true, statements: [{ text: '', outline }] }, context)
    expect(one!.action).toMatchObject({ certainty: 'unknown', effects: ['read', 'unknown_statement'] })
    expect(one!.action.reason).toContain('BrandNewStmt')
  })

  test('more names than anyone follows are not followed', () => {
    const columns = Array.from({ length: 20_001 }, (_, i) => `c${i}`).join(', ')
    expect(only(`select ${columns} from orders`).action).toMatchObject({ certainty: 'unknown', effects: ['read', 'unknown_statement'] })
  })

  test('queries that multiply their columns end', () => {
    const chain = Array.from({ length: 40 }, (_, i) => `c${i + 1} as (select * from c${i} a, c${i} b)`)
    const { action } = only(`with c0 as (select * from users), ${chain.join(', ')} select 1 from c40 where c40.id = 1`)
    expect(action.effects).toEqual(['read'])
    const deletes = Array.from({ length: 40 }, (_, i) => `c${i + 1} as (select a.id from c${i} a, c${i} b)`)
    expect(
      only(`with c0 as (select id from users), ${deletes.join(', ')} delete from orders using c40 where orders.id = c40.id`).action.facts[
        'filtered'
      ],
    ).toBe(false)
  })
})

test('the literal limit of a top-level SELECT is a fact', () => {
  const limit = (text: string) => only(text).action.facts['limit']
  expect(limit('select id from orders limit 10')).toBe(10)
  expect(limit('select id from orders fetch first 5 rows only')).toBe(5)
  expect(limit('select id from orders')).toBeNull()
  expect(limit('select id from orders limit $1')).toBeNull()
  expect(limit('select id from orders limit all')).toBeNull()
  expect(limit('delete from orders')).toBeUndefined()
})

test('an answer is data: it survives JSON, and the same question gives the same answer', () => {
  const text = 'select u.email, count(*) from users u join orders o on o.user_id = u.id group by 1'
  expect(JSON.parse(JSON.stringify(classified(text)))).toEqual(classified(text))
})
