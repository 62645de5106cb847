import type { Command } from 'commander'
import { fieldsOf, listOf } from '../api.js'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import { stringify } from 'yaml'
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
    .option('--groups <names>', 'their groups, separated by commas; without it those last seen')
    .requiredOption('-r, --resource <name>', 'what would be asked')
    .action(async (statement: string, options: Options) => {
      const { api, output } = actingIn(world, options)
      const groups = options.groups?.split(',').filter((name) => name !== '')
      const answer = await api.send('POST', '/v1/policies/evaluate', {
        subject: { ...named(options.subject), ...(groups !== undefined && { groups }) },
        resource: options.resource,
        statement,
      })
      output.data(answer, () => readable(answer))
    })
}

/** `NAME` is the primary provider's, `PROVIDER/NAME` another one's. */
function named(text: string): Readonly<Record<string, string>> {
  const slash = text.indexOf('/')
  return slash < 1 ? { name: text } : { provider: text.slice(0, slash), name: text.slice(slash + 1) }
}

function readable(answer: unknown): string {
  const { decision, connect, actions, model, explanation } = fieldsOf(answer)
  const refused = fieldsOf(connect)['kind'] !== 'allow'
  const { known, note } = fieldsOf(model)
  return [
    refused ? `may not even connect: ${decisionLine(connect)}` : decisionLine(decision),
    ...(known === true && !note ? [] : [`target model: ${cell(note ?? 'not known yet: what depends on it counts as unknown')}`]),
    '',
    'what it does, as policies see it:',
    stringify(actions).trimEnd(),
    '',
    ...reasons(explanation),
  ].join('\n')
}

function decisionLine(decision: unknown): string {
  const { kind, rules, code, message, advice } = fieldsOf(decision)
  const because = listOf(rules).map((rule) => `${cell(rule['policy'])}/${cell(rule['rule'])}`)
  const told =
    message === undefined ? '' : `\n  ${cell(message)}${advice ? ` ${cell(advice)}` : ''}${code === undefined ? '' : ` (${cell(code)})`}`
  return `${cell(kind)} because of ${because.join(', ')}${told}`
}

function reasons(explanation: unknown): readonly string[] {
  return listOf(explanation).flatMap((entry) => [
    `action ${cell(entry['action'])} for ${cell(entry['principal'])}${entry['floor'] === undefined ? '' : `: floor: ${cell(entry['floor'])}`}`,
    ...listOf(entry['policies'])
      .filter((policy) => policy['resource'] === true)
      .flatMap((policy) => [
        `  ${cell(policy['policy'])}: subject ${cell(fieldsOf(policy['subject'])['matched'])}, ${cell(fieldsOf(policy['subject'])['reason'])}`,
        ...listOf(policy['rules']).flatMap((rule) => [
          `    ${cell(fieldsOf(rule['rule'])['rule'])} (${cell(rule['action'])}): ${cell(rule['matched'])}`,
          ...listOf(rule['reasons']).map(
            (reason) => `      ${cell(reason['condition'])}: ${cell(reason['matched'])}, ${cell(reason['reason'])}`,
          ),
        ]),
      ]),
  ])
}
