import type { Command } from 'commander'
import { type Common, actingIn, addCommand, type World } from '../command.js'

interface Options extends Common {
  readonly api?: boolean
  readonly resource?: string
}

export function addToken(program: Command, world: World): void {
  addCommand(program, {
    usage: 'token',
    summary: 'print a token for the data path, or for REST with --api',
    example: 'PGPASSWORD=$(./sallyport token --as billing-agent) psql "host=localhost port=15432 dbname=shop user=billing-agent"',
  })
    .option('--api', 'a token for REST instead; the data path refuses it, as REST refuses the other')
    .option('-r, --resource <name>', 'the resource it is meant for; every resource takes the same token so far')
    .action(async (options: Options) => {
      const { context, output } = actingIn(world, options)
      const { token } = await context.token(options.api ? 'api' : 'data')
      output.data({ token }, () => token)
    })
}
