import type { Command } from 'commander'
import { type Api, type Fields, fieldsOf, itemsOf } from '../api.js'
import { type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { table } from '../output.js'
import { sessionText, time } from '../session-text.js'
import { listAll } from './documents.js'

const path = '/v1/sessions'

interface Filters extends Common {
  readonly principal?: string
  readonly resource?: string
  readonly protocol?: string
  readonly since?: string
  readonly until?: string
  readonly text?: string
  readonly limit?: string
}

export function addSessions(program: Command, world: World): void {
  const group = addGroup(program, 'sessions', 'what was asked, by whom, and how it ended')
  addCommand(group, {
    usage: 'list',
    summary: 'list sessions, newest first',
    example: './sallyport sessions list --principal billing-agent',
  })
    .option('--principal <name>', 'whose')
    .option('-r, --resource <name>', 'at which resource')
    .option('--protocol <name>', 'postgres')
    .option('--since <time>', 'opened at or after, as 2026-01-31T12:00:00Z')
    .option('--until <time>', 'opened before')
    .option('--text <words>', 'that occur in a statement')
    .option('--limit <number>', 'how many', '50')
    .action(async ({ json, as, ...filters }: Filters) => {
      const { api, output } = actingIn(world, { ...(json && { json }), ...(as !== undefined && { as }) })
      const answer = await api.get(path, { ...filters })
      output.data(answer, () =>
        table(itemsOf(answer), {
          id: (row) => row['id'],
          opened: (row) => time(row['opened_at']),
          who: (row) => whoOf(row),
          resource: (row) => fieldsOf(row['resource'])['name'] ?? row['resource'],
          state: (row) => row['state'],
          statements: (row) => row['statements'],
          refused: (row) => row['refused'],
        }),
      )
    })
  addCommand(group, {
    usage: 'show <id>',
    summary: 'show one whole: who, what, when, rows, how long, how it ended',
    example: './sallyport sessions show ses_…',
  }).action(async (id: string, options: Common) => {
    const { api, output } = actingIn(world, options)
    const session = fieldsOf(await api.get(`${path}/${encodeURIComponent(id)}`))
    const events = await eventsOf(api, id)
    output.data({ ...session, events }, () => sessionText(session, events))
  })
  addCommand(group, {
    usage: 'kill <id>',
    summary: 'end a live session within a second',
    example: `./sallyport sessions kill ses_… --message 'see me'`,
  })
    .option('--message <text>', 'shown to whom it hits')
    .action(async (id: string, options: Common & { readonly message?: string }) => {
      const { api, output } = actingIn(world, options)
      await api.send(
        'POST',
        `${path}/${encodeURIComponent(id)}/terminate`,
        options.message === undefined ? {} : { message: options.message },
      )
      output.say(`told to end ${id}`)
    })
}

function whoOf(row: Fields): string {
  const principal = fieldsOf(row['principal'])
  const [provider, subject] = [principal['provider'] ?? row['provider'], principal['subject'] ?? row['subject'] ?? row['principal']]
  return [provider, subject].filter((part) => typeof part === 'string').join('/')
}

/** In the order in which they happened. */
async function eventsOf(api: Api, id: string): Promise<readonly Fields[]> {
  const { items } = await listAll(api, `${path}/${encodeURIComponent(id)}/events`)
  return items.map(fieldsOf).toSorted((a, b) => order(a) - order(b) || (String(a['id']) < String(b['id']) ? -1 : 1))
}

function order(event: Fields): number {
  const { sequence, at } = event
  return typeof sequence === 'number' ? sequence : typeof at === 'number' ? at : Date.parse(String(at))
}
