import { describe, expect, it } from 'vitest'
import { eventually, psql, sallyport } from './world.js'

interface SessionItem {
  readonly id: string
  readonly principal: { readonly name: string }
}

describe('stock psql', () => {
  it('runs an allowed query under the identity of its token', async () => {
    const { code, stdout, stderr } = await psql(['select count(*) from products'])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(Number(stdout.trim())).toBeGreaterThan(0)
  })

  it('is refused a DROP with 42501, policy, rule and what would be allowed, and its session lives on', async () => {
    const { stdout, stderr } = await psql(['\\set VERBOSITY verbose', 'drop table products', 'select 1'])
    expect(stderr).toContain('42501')
    expect(stderr).toMatch(/policy/i)
    expect(stderr).toMatch(/rule/i)
    expect(stderr).toMatch(/HINT:.+/)
    expect(stdout.trim().endsWith('1')).toBe(true)
    expect(stderr).not.toContain('connection to server was lost')
  })

  it('fails the open transaction on a refusal, so that COMMIT answers ROLLBACK', async () => {
    const { stdout, stderr } = await psql(['begin', 'select 1', 'drop table products', 'select 2', 'commit', 'select 3'])
    expect(stderr).toContain('current transaction is aborted')
    expect(stdout.split('\n')).toContain('ROLLBACK')
    expect(stdout.trim().endsWith('3')).toBe(true)
  })

  it('refuses a whole multi-statement text when one part is denied, and runs none of it', async () => {
    const { stdout, stderr } = await psql(['select 41 + 1; drop table products; select 5'])
    expect(stdout).not.toContain('42')
    expect(stderr).toContain('ERROR')
  })

  it('says in its own words what could not be parsed', async () => {
    const { stderr } = await psql(['selekt 1'])
    expect(stderr).toMatch(/ERROR:.*(syntax|pars)/i)
  })

  it('shows a session whole: who, what, when, rows, how long, how it ended', async () => {
    const marker = `select 'trail-${Date.now()}' as marker`
    await psql([marker, 'drop table products'])
    const found = await eventually(
      async () => {
        const { stdout } = await sallyport(['sessions', 'list', '--json'])
        const items = (JSON.parse(stdout) as { items: SessionItem[] }).items
        for (const { id } of items.slice(0, 5)) {
          const shown = await sallyport(['sessions', 'show', id])
          if (shown.stdout.includes('trail-') && shown.stdout.includes(marker.slice(8, 25)) && shown.stdout.includes('client_closed'))
            return shown.stdout
        }
        return ''
      },
      (text) => text !== '',
    )
    expect(found).toContain('billing-agent')
    expect(found).toContain('demo')
    expect(found).toContain('ai-agents')
    expect(found).toContain(marker)
    expect(found).toContain('drop table products')
    expect(found).toMatch(/allow/)
    expect(found).toMatch(/den(y|ied)/)
  })

  it.each([
    ['describes tables', '\\d orders'],
    ['lists relations', '\\dt'],
    ['lists views', '\\dv'],
    ['lists schemas', '\\dn'],
    ['lists functions', '\\df'],
    ['lists databases', '\\l'],
  ])('%s', async (_what, command) => {
    const { code, stderr } = await psql([command])
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('shows customers and its view masked to agents, by whatever way a column is selected', async () => {
    const ways = ['select * from customers', 'table customer_contacts', 'select x.y from (select email as y from customers) x']
    for (const way of ways) {
      const { stderr, stdout } = await psql([`${way} limit 3`])
      expect(stderr, way).toBe('')
      expect(stdout, way).toMatch(/\*\*\*@example\.(com|org|net)/)
      expect(stdout, way).not.toMatch(/[a-z0-9]@|\d{3}-\d{2}-\d{4}|\d{10}/)
    }
  })

  it.each([
    ['compared', "select id from customers where email like 'm%'"],
    ['ordered by', 'select id from customers order by ssn'],
    ['computed with', 'select upper(email) from customers'],
    ['computed with, as a whole row', 'select c from customers c'],
    ['copied out', 'copy customers to stdout'],
  ])('does not let what is masked be %s', async (_use, statement) => {
    const { stderr, stdout } = await psql([statement])
    expect(stderr).toMatch(/public\.customers\.\w+ is masked and may not be/)
    expect(stderr).toContain('HINT')
    expect(stdout).toBe('')
  })

  it('masks in notes what people wrote there', async () => {
    const { stdout } = await psql(['select notes from customers'])
    expect(stdout).toMatch(/^Prefers mail to \*\*\*$/m)
    expect(stdout).toMatch(/^VIP since the first order$/m)
    expect(stdout).not.toContain('@')
    const { stderr } = await psql(["select replace(notes, '@', '#') from customers"])
    expect(stderr).toContain('public.customers.notes is masked and may not be computed with')
  })

  it('closes payroll to everybody but who may', async () => {
    const { stderr } = await psql(['select * from payroll limit 1'])
    expect(stderr).toContain('ERROR')
  })

  it('reads customers unmasked as dba', async () => {
    const { stdout, stderr } = await psql(['select email from customers order by id limit 1'], { as: 'dana' })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/@/)
  })
})

describe('login', () => {
  it('names whose token it is when another user is claimed', async () => {
    const { code, stderr } = await psql(['select 1'], { as: 'billing-agent', user: 'dana' })
    expect(code).not.toBe(0)
    expect(stderr).toContain('billing-agent')
  })

  it('refuses a database that is no resource', async () => {
    const { stderr } = await psql(['select 1'], { database: 'nowhere' })
    expect(stderr).toContain('nowhere')
  })

  it('takes no secret without TLS', async () => {
    const { stderr } = await psql(['select 1'], { params: 'sslmode=disable' })
    expect(stderr).toMatch(/TLS|SSL/i)
  })

  it('verifies against the CA that ready.json names', async () => {
    const { shared } = await import('./world.js')
    const { stderr, code } = await psql(['select 1'], { params: `sslmode=verify-full sslrootcert='${shared().ready.ca}'` })
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('refuses garbage in the password field as a login failure', async () => {
    const { stderr } = await psql(['select 1'], { password: 'not-a-token' })
    expect(stderr).toContain('FATAL')
  })
})
