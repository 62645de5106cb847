import type { Command } from 'commander'
import { fieldsOf, itemsOf } from '../api.js'
import { type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { Usage } from '../failure.js'
import { table } from '../output.js'
import { listAll } from './documents.js'

const path = '/v1/locks'

interface Options extends Common {
  readonly principal?: string
  readonly group?: string
  readonly token?: string
  readonly resource?: string
  readonly agent?: string
  readonly message: string
  readonly for?: string
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export function addLocks(program: Command, world: World): void {
  const group = addGroup(program, 'locks', 'cut live sessions and refuse new ones, whatever policies say')
  addCommand(group, { usage: 'list', summary: 'list locks, newest first', example: './sallyport locks list' }).action(
    async (options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await listAll(api, path)
      output.data(answer, () =>
        table(itemsOf(answer), {
          id: (row) => row['id'],
          what: (row) => {
            const target = fieldsOf(row['target'])
            return [target['kind'], target['provider'], target['name'] ?? target['id']].filter(Boolean).join(' ')
          },
          message: (row) => row['message'],
          until: (row) => row['expires_at'],
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
      const answer = await api.send('POST', path, body)
      output.data(answer, () => String(fieldsOf(answer)['id']))
    })
  addCommand(group, { usage: 'remove <id>', summary: 'remove a lock', example: './sallyport locks remove lck_…' }).action(
    async (id: string, options: Common) => {
      const { api, output } = actingIn(world, options)
      await api.send('DELETE', `${path}/${encodeURIComponent(id)}`)
      output.say(`removed ${id}`)
    },
  )
}

function targetOf(options: Options): Readonly<Record<string, string>> {
  const { principal, group, token, resource, agent } = options
  const given = Object.entries({ principal, group, token, resource, agent }).flatMap(([kind, value]) =>
    value === undefined ? [] : [{ kind, value }],
  )
  const [one, ...more] = given
  if (one === undefined || more.length > 0) throw new Usage('say exactly one of --principal, --group, --token, --resource, --agent')
  if (one.kind === 'token' || one.kind === 'agent') return { kind: one.kind, id: one.value }
  const slash = one.kind === 'resource' ? -1 : one.value.indexOf('/')
  return slash < 1
    ? { kind: one.kind, name: one.value }
    : { kind: one.kind, provider: one.value.slice(0, slash), name: one.value.slice(slash + 1) }
}

function expiry(text: string): string {
  const [, amount, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) throw new Usage(`a duration is a number and s, m, h or d; this is ${text}`)
  return new Date(Date.now() + Number(amount) * units[unit]!).toISOString()
}
