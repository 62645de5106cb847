/** `resources`, `policies`, `trust-providers`, `roles`: the same four verbs over what people declare. */
import { unwrap } from '@sallyport/client'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { everyPage } from '../api.js'
import { apply } from '../apply.js'
import { type Common, actingIn, addCommand, addGroup, type World } from '../command.js'
import { readDocuments } from '../documents.js'
import { type Noun, nouns } from '../nouns.js'
import { table } from '../output.js'
import { addSuggestLabels } from './suggest-labels.js'

const waits = `
Returns when every connected agent enforces it, or after 10 s, naming on stderr each agent that does not yet.
Exits 1 when an agent refuses it, with its reason; the documents stay as applied.
Of a resource that is new or changed it says what an agent finds out about its target within 5 s; get shows the remedies.`

/** Answers the group of `policies`, which has a verb more. */
export function addDocuments(program: Command, world: World): Command {
  addSuggestLabels(addNoun(program, world, nouns.resources), world)
  const policies = addNoun(program, world, nouns.policies)
  addNoun(program, world, nouns.trustProviders)
  addNoun(program, world, nouns.roles)
  return policies
}

function addNoun<T>(program: Command, world: World, noun: Noun<T>): Command {
  const { many, summary, example } = noun
  const group = addGroup(program, many, summary)
  addCommand(group, { usage: 'list', summary: `list ${many}, newest first`, example: `./sallyport ${many} list` }).action(
    async (options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await everyPage((query) => noun.list(api, query))
      output.data(answer, () => table(answer.items, noun.columns))
    },
  )
  addCommand(group, { usage: 'get <name>', summary: 'print one as YAML', example: `./sallyport ${many} get ${example.name}` }).action(
    async (name: string, options: Common) => {
      const { api, output } = actingIn(world, options)
      const answer = await noun.get(api, name)
      output.data(answer, () => noun.show?.(answer) ?? stringify(answer).trimEnd())
    },
  )
  addCommand(group, {
    usage: 'apply',
    summary: 'make what the files say so; a file may hold several documents, of any kind',
    example: `./sallyport ${many} apply -f deploy/demo/${example.file}`,
  })
    .requiredOption('-f, --file <file...>', 'YAML or JSON; - is standard input')
    .addHelpText('after', waits)
    .action((options: Common & { readonly file: readonly string[] }) => apply(actingIn(world, options), readDocuments(options.file)))
  addCommand(group, { usage: 'delete <name>', summary: 'delete one', example: `./sallyport ${many} delete ${example.name}` }).action(
    async (name: string, options: Common) => {
      const { api, output } = actingIn(world, options)
      await unwrap(noun.remove(api, name))
      output.say(`deleted ${name}`)
    },
  )
  return group
}
