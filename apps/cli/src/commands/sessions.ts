import type { Command } from 'commander'
import { unwrap } from '@sallyport/client'
import { everyPage } from '../api.js'
import { type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { Usage } from '../failure.js'
import { table } from '../output.js'
import { sessionText, time } from '../session-text.js'

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
    .action(async ({ json, as, limit = '50', ...filters }: Filters) => {
      const { api, output } = actingIn(world, { ...(json && { json }), ...(as !== undefined && { as }) })
      const answer = await unwrap(api.GET('/v1/sessions', { params: { query: { ...filters, limit: countOf(limit) } } }))
      output.data(answer, () =>
        table(answer.items, {
          id: (row) => row.id,
          opened: (row) => time(row.opened_at),
          who: ({ principal }) => `${principal.provider}/${principal.subject}`,
          resource: (row) => row.resource.name,
          state: (row) => row.state,
          statements: (row) => row.statements,
          refused: (row) => row.refused,
        }),
      )
    })
  addCommand(group, {
    usage: 'show <id>',
    summary: 'show one whole: who, what, when, rows, how long, how it ended',
    example: './sallyport sessions show ses_…',
  }).action(async (id: string, options: Common) => {
    const { api, output } = actingIn(world, options)
    const params = { path: { id } }
    const session = await unwrap(api.GET('/v1/sessions/{id}', { params }))
    const { items } = await everyPage((query) => unwrap(api.GET('/v1/sessions/{id}/events', { params: { ...params, query } })))
    const events = items.toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0))
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
      const body = options.message === undefined ? {} : { message: options.message }
      await unwrap(api.POST('/v1/sessions/{id}/terminate', { params: { path: { id } }, body }))
      output.say(`told to end ${id}`)
    })
}

function countOf(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1 || count > 200) throw new Usage(`--limit is a number from 1 to 200; this is ${text}`)
  return count
}
