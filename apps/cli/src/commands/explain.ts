import type { Command } from 'commander'
import { fieldsOf } from '../api.js'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { stringify } from 'yaml'

interface Options extends Common {
  readonly subject: string
  readonly groups?: string
  readonly resource: string
}

/** Below `policies`. */
export function addExplain(policies: Command, world: World): void {
  addCommand(policies, {
    usage: 'explain <statement>',
    summary: 'say what would be decided about a statement, and why; nothing runs',
    example: `./sallyport policies explain --subject billing-agent --groups ai-agents -r shop 'drop table products'`,
  })
    .requiredOption('--subject <name>', 'who would ask')
    .option('--groups <names>', 'their groups, separated by commas; without it those last seen')
    .requiredOption('-r, --resource <name>', 'what would be asked')
    .action(async (statement: string, options: Options) => {
      const { api, output } = actingIn(world, options)
      const groups = options.groups?.split(',').filter((name) => name !== '')
      const answer = await api.send('POST', '/v1/policies/evaluate', {
        subject: options.subject,
        ...(groups !== undefined && { groups }),
        resource: options.resource,
        statement,
      })
      output.data(answer, () => readable(answer))
    })
}

function readable(answer: unknown): string {
  const { decision, kind, ...rest } = fieldsOf(answer)
  const word = typeof decision === 'string' ? decision : (kind ?? fieldsOf(decision)['kind'])
  return `${String(word)}\n${stringify(typeof decision === 'object' ? answer : rest).trimEnd()}`
}
