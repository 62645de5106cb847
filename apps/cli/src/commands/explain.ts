import type { Command } from 'commander'
import { ProblemError, unwrap } from '@sallyport/client'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { evaluationText } from '../evaluation-text.js'
import { Failure } from '../failure.js'

interface Options extends Common {
  readonly subject: string
  readonly groups?: string
  readonly resource: string
  readonly database?: string
}

/** Below `policies`. */
export function addExplain(policies: Command, world: World): void {
  addCommand(policies, {
    usage: 'explain <statement>',
    summary: 'say what would be decided about a statement, and why; nothing runs',
    example: `./sallyport policies explain --subject billing-agent --groups ai-agents -r shop 'drop table products'`,
  })
    .requiredOption('--subject <name>', 'who would ask')
    .option('--groups <names>', 'their groups, separated by commas; without it those last seen for the name')
    .requiredOption('-r, --resource <name>', 'what would be asked')
    .option('--database <name>', 'in which of its databases; without it the one of sessions that name the resource alone')
    .action(async (statement: string, options: Options) => {
      const { api, output } = actingIn(world, options)
      const groups = options.groups?.split(',').filter((name) => name !== '')
      const answer = await unwrap(
        api.POST('/v1/policies/evaluate', {
          body: {
            subject: { ...named(options.subject), ...(groups !== undefined && { groups }) },
            resource: options.resource,
            ...(options.database !== undefined && { database: options.database }),
            statement,
          },
        }),
      ).catch((error: unknown) => {
        if (error instanceof ProblemError && error.problem.errors?.some(({ path }) => path === '/subject/groups')) {
          throw new Failure(`${options.subject} has opened no session yet, so nobody knows its groups: say them with --groups G,H`)
        }
        throw error
      })
      output.data(answer, () => evaluationText(answer))
    })
}

/** `NAME` is the primary provider's, `PROVIDER/NAME` another one's. */
function named(text: string): { readonly name: string; readonly provider?: string } {
  const slash = text.indexOf('/')
  return slash < 1 ? { name: text } : { provider: text.slice(0, slash), name: text.slice(slash + 1) }
}
