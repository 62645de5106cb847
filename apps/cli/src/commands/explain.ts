import type { Command } from 'commander'
import { type components, ProblemError, unwrap } from '@sallyport/client'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { stringify } from 'yaml'
import { Failure } from '../failure.js'
import { cell } from '../output.js'

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
    .option('--groups <names>', 'their groups, separated by commas; without it those last seen for the name')
    .requiredOption('-r, --resource <name>', 'what would be asked')
    .action(async (statement: string, options: Options) => {
      const { api, output } = actingIn(world, options)
      const groups = options.groups?.split(',').filter((name) => name !== '')
      const answer = await unwrap(
        api.POST('/v1/policies/evaluate', {
          body: {
            subject: { ...named(options.subject), ...(groups !== undefined && { groups }) },
            resource: options.resource,
            statement,
          },
        }),
      ).catch((error: unknown) => {
        if (error instanceof ProblemError && error.problem.errors?.some(({ path }) => path === '/subject/groups')) {
          throw new Failure(`${options.subject} has opened no session yet, so nobody knows its groups: say them with --groups G,H`)
        }
        throw error
      })
      output.data(answer, () => readable(answer))
    })
}

/** `NAME` is the primary provider's, `PROVIDER/NAME` another one's. */
function named(text: string): { readonly name: string; readonly provider?: string } {
  const slash = text.indexOf('/')
  return slash < 1 ? { name: text } : { provider: text.slice(0, slash), name: text.slice(slash + 1) }
}

type Evaluation = components['schemas']['Evaluation']

function readable({ decision, connect, actions, model, explanation }: Evaluation): string {
  return [
    connect.kind === 'allow' ? decisionText(decision) : `may not even connect: ${decisionText(connect)}`,
    ...(model.note === null ? [] : ['', `note: ${cell(model.note)}`]),
    '',
    'what it does, as policies see it:',
    stringify(actions).trimEnd(),
    '',
    ...explanation.flatMap(actionLines),
  ].join('\n')
}

function decisionText({ kind, rules, code, message, advice }: Evaluation['decision']): string {
  const because = rules.map(({ policy, rule }) => `${cell(policy)}/${cell(rule)}`).join(', ')
  const told =
    message === undefined ? '' : `\n  ${cell(message)}${advice ? ` ${cell(advice)}` : ''}${code === undefined ? '' : ` (${code})`}`
  return `${kind} because of ${because}${told}`
}

function actionLines({ action, principal, floor, policies }: Evaluation['explanation'][number]): readonly string[] {
  return [
    `action ${action} for ${cell(principal)}${floor === undefined ? '' : `: floor: ${cell(floor)}`}`,
    ...policies.filter(({ resource }) => resource).flatMap(policyLines),
  ]
}

function policyLines({ policy, subject, rules }: Evaluation['explanation'][number]['policies'][number]): readonly string[] {
  return [
    `  ${cell(policy)}: subject ${cell(subject.matched)}, ${cell(subject.reason)}`,
    ...rules.flatMap(({ rule, action, matched, reasons }) => [
      `    ${cell(rule.rule)} (${cell(action)}): ${cell(matched)}`,
      ...reasons.map((reason) => `      ${cell(reason.condition)}: ${cell(reason.matched)}, ${cell(reason.reason)}`),
    ]),
  ]
}
