import { type components, ProblemError, unwrap } from '@sallyport/client'
import type { Command } from 'commander'
import { warningsOf } from '../apply.js'
import { type Acting, type Common, actingIn, addCommand, type World } from '../command.js'
import { type Document, readDocuments } from '../documents.js'
import { Usage } from '../failure.js'
import { cell } from '../output.js'

type Report = components['schemas']['PolicyTestReport']

/** Below `policies`. */
export function addPolicyTests(policies: Command, world: World): void {
  addCommand(policies, {
    usage: 'test',
    summary: 'run the tests inside policies without saving anything; exits 1 when one fails',
    example: './sallyport policies test -f deploy/demo/agents-on-shop.yaml',
  })
    .requiredOption('-f, --file <file...>', 'YAML or JSON; - is standard input; documents of other kinds are left alone')
    .action((options: Common & { readonly file: readonly string[] }) => test(actingIn(world, options), options.file))
}

async function test({ api, output, world }: Acting, files: readonly string[]): Promise<void> {
  const policies = readDocuments(files).filter(({ kind }) => kind === 'policy')
  if (policies.length === 0) throw new Usage(`no policy in ${files.join(', ')}`)
  const reports: Report[] = []
  for (const { body, from } of policies) {
    try {
      reports.push(await unwrap(api.POST('/v1/policies/test', { body: body as components['schemas']['PolicyBody'] })))
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      throw new ProblemError({ ...error.problem, title: `${from}: ${error.problem.title}` }, error.status)
    }
  }
  output.data({ items: reports }, () => reports.flatMap((report, i) => readable(report, policies[i]!)).join('\n'))
  for (const report of reports) {
    for (const { resource } of report.models.filter(({ known }) => !known)) output.say(`${cell(report.name)}: ${unknownModel(resource)}`)
    for (const warning of warningsOf(report)) output.say(`${cell(report.name)}: warning: ${cell(warning)}`)
  }
  if (reports.some(({ failed }) => failed > 0)) world.exit(1)
}

function readable({ name, passed, failed, failures }: Report, { body }: Document): readonly string[] {
  const head = passed + failed === 0 ? `${cell(name)}: has no tests` : `${cell(name)}: ${passed} passed, ${failed} failed`
  return [head, ...failures.map(({ path, message }) => `  ${cell(path)} ${statementAt(body, path)}: ${cell(message)}`)]
}

/** The statement of the test that a pointer such as `/tests/3` names, as the author wrote it. */
function statementAt({ tests }: Document['body'], path: string): string {
  const test: unknown = Array.isArray(tests) ? tests[Number(path.split('/')[2])] : undefined
  return typeof test === 'object' && test !== null && 'statement' in test ? cell(test.statement) : ''
}

function unknownModel(resource: string): string {
  return `no agent has read the catalog of ${cell(resource)} yet (the first session there does): what depends on it counted as unknown`
}
