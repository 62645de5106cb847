import type { Command } from 'commander'
import { unwrap } from '@sallyport/client'
import { everyPage } from '../api.js'
import { type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { table } from '../output.js'

export function addGrants(program: Command, world: World): void {
  const group = addGroup(program, 'grants', 'what approvals left behind: who may run exactly what, how often, until when')
  addCommand(group, { usage: 'list', summary: 'list grants, newest first', example: './sallyport grants list' }).action(
    async (options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await everyPage((query) => unwrap(api.GET('/v1/grants', { params: { query } })))
      output.data(answer, () =>
        table(answer.items, {
          id: (row) => row.id,
          approval: (row) => row.approval,
          who: ({ principal }) => `${principal.provider}/${principal.subject}`,
          resource: (row) => row.resource.name,
          state: (row) => row.state,
          used: (row) => `${row.used} of ${row.uses}`,
          until: (row) => row.expires_at,
        }),
      )
    },
  )
  addCommand(group, {
    usage: 'revoke <id>',
    summary: 'take one back before it is used',
    example: './sallyport grants revoke gra_…',
  }).action(async (id: string, options: Common) => {
    const { api, output } = actingIn(world, options)
    await unwrap(api.DELETE('/v1/grants/{id}', { params: { path: { id } } }))
    output.say(`revoked ${id}`)
  })
}
