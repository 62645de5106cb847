/** What a newcomer reads when everything answers: where it is, and the lines to paste next. */
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Standalone } from './supervisor.js'

export interface Greeting {
  readonly home: string
  readonly demo: boolean
  /** The folder that the lines will be pasted into. */
  readonly cwd: string
}

const clone = fileURLToPath(new URL('../../..', import.meta.url))

export function greet({ ready, claim }: Standalone, { home, demo, cwd }: Greeting): string {
  const command = cwd === resolve(clone) ? './sallyport' : quote(resolve(clone, 'sallyport'))
  const elsewhere = resolve(cwd, '.sallyport') !== home
  const cli = elsewhere ? `SALLYPORT_HOME=${quote(relative(cwd, home).startsWith('..') ? home : relative(cwd, home))} ${command}` : command
  const { host, port } = ready.postgres
  const address = `host=${host === '127.0.0.1' ? 'localhost' : host} port=${port} dbname=shop user=billing-agent`
  const psql = (statement: string) => `  PGPASSWORD=$(${cli} token --as billing-agent) psql "${address}" -c '${statement}'`
  const lines = [`sallyport ready: ${ready.http} (REST and ${ready.http}/docs), PostgreSQL ${host}:${port}, home ${home}`]
  if (ready.http_ca !== undefined) lines.push(`REST shows a certificate of Sallyport's own authority; callers trust it by ${ready.http_ca}`)
  if (claim !== undefined)
    lines.push(
      '',
      'There is no administrator yet. The first one is whoever spends this claim:',
      '',
      `  ${cli} setup --claim ${claim} -f YOUR-IDENTITY-PROVIDER.yaml --admin-group GROUP`,
    )
  if (demo) {
    lines.push(
      '',
      'As an AI agent that was never given a database password:',
      '',
      psql('select id, name, email from customers limit 3'),
      psql('drop table products'),
      '',
      'Then look at what was recorded:',
      '',
      `  ${cli} sessions list`,
      `  ${cli} sessions show ID`,
    )
  }
  return `${lines.join('\n')}\n`
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
