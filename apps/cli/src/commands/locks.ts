import type { Command } from 'commander'
import { type components, unwrap } from '@sallyport/client'
import { everyPage } from '../api.js'
import { type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { durationOf } from '../duration.js'
import { Usage } from '../failure.js'
import { table } from '../output.js'

type LockTarget = components['schemas']['LockBody']['target']

interface Options extends Common {
  readonly principal?: string
  readonly group?: string
  readonly token?: string
  readonly resource?: string
  readonly agent?: string
  readonly message: string
  readonly for?: string
}

export function addLocks(program: Command, world: World): void {
  const group = addGroup(program, 'locks', 'cut live sessions and refuse new ones, whatever policies say')
  addCommand(group, { usage: 'list', summary: 'list locks, newest first', example: './sallyport locks list' }).action(
    async (options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await everyPage((query) => unwrap(api.GET('/v1/locks', { params: { query } })))
      output.data(answer, () =>
        table(answer.items, {
          id: (row) => row.id,
          what: ({ target }) =>
            [target.kind, ...('provider' in target ? [target.provider] : []), 'id' in target ? target.id : target.name].join(' '),
          message: (row) => row.message,
          until: (row) => row.expires_at,
        }),
      )
    },
  )
  addCommand(group, {
    usage: 'add',
    summary: 'lock a principal, group, token id, resource or agent',
    example: `./sallyport locks add --principal billing-agent --message 'incident 42' --for 1h`,
  })
    .option('--principal <name>', 'NAME means any provider, PROVIDER/NAME one')
    .option('--group <name>', 'likewise')
    .option('--token <id>', 'the id of a token (jti)')
    .option('--resource <name>', 'a resource')
    .option('--agent <id>', 'an agent')
    .requiredOption('--message <text>', 'shown to whom it hits')
    .option('--for <duration>', 'such as 30m, 12h, 7d; without it, until it is removed')
    .action(async (options: Options) => {
      const { api, output } = actingIn(world, options)
      const body = {
        target: targetOf(options),
        message: options.message,
        ...(options.for !== undefined && { expires_at: expiry(options.for) }),
      }
      const answer = await unwrap(api.POST('/v1/locks', { body }))
      output.data(answer, () => answer.id)
    })
  addCommand(group, { usage: 'remove <id>', summary: 'remove a lock', example: './sallyport locks remove lck_…' }).action(
    async (id: string, options: Common) => {
      const { api, output } = actingIn(world, options)
      await unwrap(api.DELETE('/v1/locks/{id}', { params: { path: { id } } }))
      output.say(`removed ${id}`)
    },
  )
}

function targetOf({ principal, group, token, resource, agent }: Options): LockTarget {
  const given: readonly (LockTarget | undefined)[] = [
    principal === undefined ? undefined : { kind: 'principal', ...named(principal) },
    group === undefined ? undefined : { kind: 'group', ...named(group) },
    token === undefined ? undefined : { kind: 'token', id: token },
    resource === undefined ? undefined : { kind: 'resource', name: resource },
    agent === undefined ? undefined : { kind: 'agent', id: agent },
  ]
  const [one, ...more] = given.filter((target) => target !== undefined)
  if (one === undefined || more.length > 0) throw new Usage('say exactly one of --principal, --group, --token, --resource, --agent')
  return one
}

function named(text: string): { readonly name: string; readonly provider?: string } {
  const slash = text.indexOf('/')
  return slash < 1 ? { name: text } : { provider: text.slice(0, slash), name: text.slice(slash + 1) }
}

function expiry(text: string): string {
  return new Date(Date.now() + durationOf(text)).toISOString()
}
