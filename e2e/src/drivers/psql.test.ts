import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../world.js'
import { type Address, gatewayTo, libpqEnv, shopDirect } from './ground.js'

let direct: Address
beforeAll(async () => {
  direct = await shopDirect()
})

/** psql 15's commands about the catalogs; S and + where it has them. */
const commands = (
  'd dS d+ dS+ da daS dA dA+ dAc dAc+ dAf dAf+ dAo dAo+ dAp dAp+ db dc dcS dc+ dC dC+ dd ddS dD dDS dD+ ddp dE dE+ des des+ ' +
  'det det+ dew dew+ df dfS df+ dfa dfn dfp dft dfw dfaS dF dF+ dFd dFd+ dFp dFp+ dFt dFt+ dg dgS dg+ di diS di+ diS+ dl dl+ dL dLS ' +
  'dL+ dm dmS dm+ dn dnS dn+ do doS do+ dO dOS dO+ dp dP dP+ dPi dPt dPn drds dRp dRp+ ds dsS ds+ dt dtS dt+ dtS+ dT dTS dT+ du ' +
  'duS du+ dv dvS dv+ dx dx+ dX dy dy+ l z'
).split(' ')
const named = [
  'd orders',
  'd+ orders',
  'd customer_contacts',
  'd+ payroll',
  'd orders_pkey',
  'd+ pg_class',
  'sv customer_contacts',
  'sf lower(text)',
  // Without a pattern it shows the session's own settings: a search path that the gateway pins, an application name that it adds to.
  'dconfig lc*',
  'dconfig+ *mem*',
]
const asked = [...commands.flatMap((command) => [command, `${command} *order*`]), ...named]

describe('psql', () => {
  it('shows with every command what it shows directly', async () => {
    const script = asked.map((command) => `\\echo == ${command}\n\\${command}\n`).join('')
    const told = async (at: Address) => {
      const { stdout, stderr } = await run('psql', ['-X', '-q'], libpqEnv(at), script)
      return { sections: stdout.split(/^== /m).slice(1), errors: stderr }
    }
    const [through, straight] = [await told(await gatewayTo('shop', 'report-bot')), await told(direct)]
    expect(straight.sections).toHaveLength(asked.length)
    expect(through.sections).toEqual(straight.sections)
    expect(through.errors).toBe(straight.errors)
  })

  it.each(['deu', 'dRs'])('is refused what may hold passwords of others: \\%s', async (command) => {
    const { stderr } = await run('psql', ['-X', '-q', '-c', `\\${command}`], libpqEnv(await gatewayTo('shop', 'report-bot')))
    expect(stderr).toContain('introspect_values')
  })
})

describe('pgbench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport pgbench '))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(['extended', 'prepared'])('pipelines with its %s protocol', async (protocol) => {
    const script = join(folder, 'pipeline.sql')
    const selects = [1, 2, 3].map((n) => `\\set id${n} random(1, 1000)\nselect id, status from orders where id = :id${n};\n`)
    writeFileSync(script, `\\startpipeline\n${selects.join('')}\\endpipeline\n`)
    const args = ['-n', '-M', protocol, '-c', '2', '-t', '50', '-f', script]
    const { code, stdout, stderr } = await run('pgbench', args, libpqEnv(await gatewayTo('shop', 'report-bot')))
    expect(stderr).not.toMatch(/error|aborted/i)
    expect(code).toBe(0)
    expect(stdout).toContain('number of transactions actually processed: 100/100')
  })
})

describe('pg_dump', () => {
  it.each([
    ['as text', ['--table', 'products', '--table', 'orders']],
    ['as INSERTs', ['--table', 'products', '--column-inserts']],
    ['of the schema alone', ['--table', 'products', '--schema-only']],
  ])('writes as root what it writes directly: %s', async (_form, args) => {
    const dump = (at: Address) => run('pg_dump', [...args, '--restrict-key=same'], libpqEnv(at))
    const straight = await dump(direct)
    expect(straight.code).toBe(0)
    expect(await dump(await gatewayTo('shop', 'root'))).toEqual(straight)
  })
})
