import type { Command } from 'commander'
import { unwrap } from '@sallyport/client'
import { everyPage } from '../api.js'
import { type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { Usage } from '../failure.js'
import { table } from '../output.js'
import { stringify } from 'yaml'

/** Seconds: long enough to carry it to another machine by hand. */
const joinTokenLifetime = 900

export function addAgents(program: Command, world: World): void {
  const group = addGroup(program, 'agents', 'the data plane: who serves resources')
  addCommand(group, { usage: 'list', summary: 'list agents, newest first', example: './sallyport agents list' }).action(
    async (options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await everyPage((query) => unwrap(api.GET('/v1/agents', { params: { query } })))
      output.data(answer, () =>
        table(answer.items, {
          id: (row) => row.id,
          state: (row) => row.state,
          version: (row) => row.version,
          config: (row) => row.config_version,
          current: (row) => (row.config_current ? 'yes' : 'no'),
          'last error': (row) => row.last_error,
        }),
      )
    },
  )
  addCommand(group, { usage: 'get <id>', summary: 'print one as YAML', example: './sallyport agents get agt_…' }).action(
    async (id: string, options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await unwrap(api.GET('/v1/agents/{id}', { params: { path: { id } } }))
      output.data(answer, () => stringify(answer).trimEnd())
    },
  )
  addCommand(group, {
    usage: 'delete <id>',
    summary: 'revoke an agent: its streams end and it never comes back',
    example: './sallyport agents delete agt_…',
  }).action(async (id: string, options: Common) => {
    const { api, output } = actingIn(world, options)
    await unwrap(api.DELETE('/v1/agents/{id}', { params: { path: { id } } }))
    output.say(`revoked ${id}`)
  })
  addJoinToken(group, world)
}

function addJoinToken(group: Command, world: World): void {
  addCommand(group, {
    usage: 'join-token',
    summary: 'print a one-time token that lets a new agent in; nothing but the token',
    example: './sallyport agents join-token --label site=berlin',
  })
    .option('--label <name=value...>', 'what the agent may serve is chosen by these; without them it joins the pool `default`')
    .action(async (options: Common & { readonly label?: readonly string[] }) => {
      const { api, output } = actingIn(world, options)
      const answer = await unwrap(
        api.POST('/v1/agents/join-tokens', { body: { labels: labels(options.label ?? []), ttl_seconds: joinTokenLifetime } }),
      )
      output.data(answer, () => answer.token)
    })
}

function labels(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new Usage(`a label is name=value; this is ${pair}`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
