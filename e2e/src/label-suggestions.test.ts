import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { psql, rest, sallyport, shared } from './world.js'

interface Suggested {
  readonly state: string
  readonly skipped: number
  readonly items: readonly { readonly column: string; readonly label: string; readonly matched: number; readonly sampled: number }[]
  readonly patch: { readonly target: { readonly labels: Readonly<Record<string, readonly string[]>> } }
}

const path = '/v1/resources/shop/label-suggestions'

/** Every file of the home but those of databases, which hold the values themselves. */
function filesIn(folder: string): readonly string[] {
  if (existsSync(join(folder, 'PG_VERSION'))) return []
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name)
    const stat = statSync(file)
    return stat.isDirectory() ? filesIn(file) : stat.isFile() ? [file] : []
  })
}

describe('label suggestions for the demo', () => {
  it('name what is personal in customers, nothing in products, and no value of the table anywhere', async () => {
    const ran = await sallyport(['resources', 'suggest-labels', 'shop', '--wait', '--json'])
    expect(ran).toMatchObject({ code: 0 })
    const found = JSON.parse(ran.stdout) as Suggested
    expect(found).toMatchObject({ state: 'done', skipped: 0 })
    const told = found.items.map(({ column, label }) => `${column} ${label}`)
    expect(told).toEqual(
      expect.arrayContaining([
        'public.customers.card_number pii.card',
        'public.customers.email pii.email',
        'public.customers.phone pii.phone',
        'public.customers.ssn pii.ssn',
      ]),
    )
    expect(told.filter((line) => line.startsWith('public.products.'))).toEqual([])
    for (const { matched, sampled } of found.items) expect(matched > 0 && matched <= sampled && sampled <= 200 * 64).toBe(true)

    const rows = await psql(['select email, phone, card_number, ssn from customers'], { as: 'root' })
    const values = [...new Set(rows.stdout.split(/[|\n]/).filter((value) => value.length > 6))]
    expect(values.length).toBeGreaterThan(2_000)
    const answers = await Promise.all([rest('root', 'GET', path), rest('root', 'GET', '/v1/audit/events?limit=200')])
    const acts = JSON.stringify(answers[1].body)
    expect(acts).toContain('label_suggestion.start')
    expect(acts).toContain('label_suggestion.finish')
    const texts = [ran.stdout, ran.stderr, ...answers.map(({ body }) => JSON.stringify(body))]
    const files = filesIn(shared().home).map((file) => readFileSync(file, 'utf8'))
    expect(files.length).toBeGreaterThan(5)
    const everything = [...texts, ...files].join('\n')
    expect(values.filter((value) => everything.includes(value))).toEqual([])
  })

  it('print a document that apply takes, and are refused to who may not start them', async () => {
    const { code, stdout } = await sallyport(['resources', 'suggest-labels', 'shop', '--last', '--document'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^kind: resource\nname: shop$/m)
    expect(stdout).toContain('public.customers.ssn')
    expect((await rest('alice', 'POST', path, {})).status).toBe(403)
  })

  it('keys of hashed values are listed and rotated, and never shown', async () => {
    const before = JSON.parse((await sallyport(['masking', 'keys', 'list', '--json'])).stdout) as { items: { epoch: number }[] }
    const rotated = await sallyport(['masking', 'keys', 'rotate'])
    expect(rotated).toMatchObject({ code: 0, stdout: `${before.items[0]!.epoch + 1}\n` })
    expect((await sallyport(['masking', 'keys', 'list'])).stdout).toMatch(/^EPOCH +TOKENS/)
  })
})
