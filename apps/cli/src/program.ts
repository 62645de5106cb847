/** All commands. The tool knows neither the control plane's code nor the agent's: it speaks REST. */
import { Command, CommanderError } from 'commander'
import type { World } from './command.js'
import { addAgents } from './commands/agents.js'
import { addApprovals } from './commands/approvals.js'
import { addDoctor } from './commands/doctor.js'
import { addDocuments } from './commands/documents.js'
import { addExec } from './commands/exec.js'
import { addExplain } from './commands/explain.js'
import { addGrants } from './commands/grants.js'
import { addLocks } from './commands/locks.js'
import { addMasking } from './commands/masking.js'
import { addPolicyTests } from './commands/policy-tests.js'
import { addSessions } from './commands/sessions.js'
import { addSetup } from './commands/setup.js'
import { addToken } from './commands/token.js'
import { addWhoami } from './commands/whoami.js'
import { explain, Usage } from './failure.js'

const intro = `Where the control plane is: SALLYPORT_URL, else what runs in SALLYPORT_HOME (default ./.sallyport).
Who calls: --as NAME (the demo only), SALLYPORT_TOKEN, else, against a standalone of your own, the demo's root.
Exit code: 0 done, 1 refused or failed, 2 wrong usage. Data goes to stdout, all else to stderr.

Processes of their own, on machines of their own:
  server                                              the control plane
  agent run --join TOKEN --server HOST:PORT --data DIR  an agent`

/** Runs one command line (without node and script) and answers its exit code. */
export async function run(args: readonly string[], world: Omit<World, 'exit'>): Promise<number> {
  let code = 0
  const program = build({ ...world, exit: (wanted) => (code = wanted) })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const unforeseen = error instanceof Error ? (error.stack ?? error.message) : String(error)
    world.err(`sallyport: ${explain(error) ?? unforeseen}\n`)
    return error instanceof Usage ? 2 : 1
  }
}

function build(world: World): Command {
  const program = new Command('sallyport')
    .description('The identity-aware access gateway: its control plane from the command line.')
    .addHelpText('after', `\n${intro}`)
  addSetup(program, world)
  addToken(program, world)
  addWhoami(program, world)
  addExec(program, world)
  const policies = addDocuments(program, world)
  addPolicyTests(policies, world)
  addExplain(policies, world)
  addAgents(program, world)
  addLocks(program, world)
  addSessions(program, world)
  addApprovals(program, world)
  addGrants(program, world)
  addMasking(program, world)
  addDoctor(program, world)
  everywhere(program, (command) =>
    command.exitOverride().configureOutput({ writeOut: world.out, writeErr: world.err }).showHelpAfterError('(--help says more)'),
  )
  return program
}

function everywhere(command: Command, apply: (command: Command) => void): void {
  apply(command)
  for (const child of command.commands) everywhere(child, apply)
}
