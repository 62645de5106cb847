import type { Command } from 'commander'
import { unwrap } from '@sallyport/client'
import { everyPage } from '../api.js'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { table } from '../output.js'
import { time } from '../session-text.js'

export function addMasking(program: Command, world: World): void {
  const group = program
    .command('masking')
    .description('how values are hidden')
    .addHelpText('after', '\nExample:\n  $ ./sallyport masking keys list')
  const keys = group
    .command('keys')
    .description('the keys of hashed values')
    .addHelpText('after', '\nExample:\n  $ ./sallyport masking keys list')
  addCommand(keys, {
    usage: 'list',
    summary: 'list the epochs, newest first; no key is ever shown',
    example: './sallyport masking keys list',
  }).action(async (options: Common) => {
    const { api, output } = actingIn(world, options)
    const answer = await everyPage((query) => unwrap(api.GET('/v1/masking/keys', { params: { query } })))
    output.data(answer, () =>
      table(answer.items, {
        epoch: (row) => row.epoch,
        tokens: (row) => `tok_${row.epoch}_…`,
        newest: (row) => (row.newest ? 'yes' : 'no'),
        since: (row) => time(row.created_at),
        by: (row) => row.created_by,
      }),
    )
  })
  addCommand(keys, {
    usage: 'rotate',
    summary: 'begin a new epoch: equal values get other tokens from now on, and join no more with older ones',
    example: './sallyport masking keys rotate',
  }).action(async (options: Common) => {
    const { api, output } = actingIn(world, options)
    const answer = await unwrap(api.POST('/v1/masking/keys'))
    output.data(answer, () => String(answer.epoch))
  })
}
