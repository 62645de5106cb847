/** What every command has: `--json`, `--as`, an example under `--help`, and a context that is found when it acts. */
import type { Command } from 'commander'
import { type Api, apiFor } from './api.js'
import { type Context, type Environment, findContext } from './context.js'
import { type Output, outputTo, type Streams } from './output.js'

/** The world that a run of this tool sees; a test gives another one. */
export interface World extends Streams {
  readonly env: Environment
  /** Sets the exit code of a run that did not fail by itself. */
  readonly exit: (code: number) => void
}

export interface Acting {
  readonly context: Context
  readonly api: Api
  readonly output: Output
  readonly world: World
}

export interface Spec {
  /** Name and arguments as commander spells them: `show <id>`. */
  readonly usage: string
  readonly summary: string
  readonly example: string
}

export interface Common {
  readonly json?: boolean
  readonly as?: string
}

export function addCommand(parent: Command, { usage, summary, example }: Spec): Command {
  return parent
    .command(usage)
    .description(summary)
    .option('--json', 'print the answer as JSON')
    .option('--as <name>', 'act as somebody of the demo: billing-agent, report-bot, alice, dana, dave or root')
    .addHelpText('after', `\nExample:\n  $ ${example}`)
}

/** A word that only gathers commands. */
export function addGroup(parent: Command, name: string, summary: string): Command {
  return parent.command(name).description(summary).addHelpText('after', `\nExample:\n  $ ./sallyport ${name} list`)
}

/** Finds the context for an action from the flags it was given. */
export function actingIn(world: World, options: Common): Acting {
  const output = outputTo(world, options.json === true)
  const context = findContext({ env: world.env, say: output.say, ...(options.as !== undefined && { as: options.as }) })
  return { context, api: apiFor(context), output, world }
}
