/** `exec`: a stock client with everything it needs in its environment, the token in no argument and no file. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Command } from 'commander'
import { type Common, actingIn, addCommand, type World } from '../command.js'
import type { Context, Environment } from '../context.js'
import { Failure } from '../failure.js'

interface Options extends Common {
  readonly resource: string
  readonly database?: string
  readonly user?: string
  readonly host?: string
  readonly port?: string
  readonly ca?: string
}

export function addExec(program: Command, world: World): void {
  addCommand(program, {
    usage: 'exec <command...>',
    summary: 'run a client (psql, pg_dump, any driver) against a resource',
    example: `./sallyport exec --as billing-agent -r shop -- psql -c 'select count(*) from products'`,
  })
    .requiredOption('-r, --resource <name>', 'the resource to reach')
    .option('--database <name>', 'where the resource lets the caller choose')
    .option('--user <name>', "the principal's name; default: what the token says")
    .option('--host <host>', 'of the agent, when it is not that of the standalone')
    .option('--port <port>', 'of the agent')
    .option('--ca <file>', "certificate of the agent's authority")
    .action(async (command: readonly string[], options: Options) => {
      const { context } = actingIn(world, options)
      const caller = await context.token('data')
      const env = clientEnvironment(world.env, {
        ...reach(context, options),
        token: caller.token,
        user: options.user ?? caller.name,
        options,
      })
      world.exit(await run(command, env))
    })
}

interface Reach {
  readonly host: string
  readonly port: number
  readonly ca: string
}

function reach({ ready, home }: Context, options: Options): Reach {
  const host = options.host ?? ready?.postgres.host
  const port = options.port ?? ready?.postgres.port
  const ca = options.ca ?? ready?.ca
  if (host === undefined || port === undefined || ca === undefined)
    throw new Failure(`which agent? Nothing runs in ${home}: say --host, --port and --ca`)
  return { host: host === '127.0.0.1' ? 'localhost' : host, port: Number(port), ca }
}

interface Login extends Reach {
  readonly token: string
  readonly user: string
  readonly options: Options
}

/** As libpq reads it (PostgreSQL documentation, "Environment Variables"). What could lead elsewhere or weaken TLS is taken out. */
function clientEnvironment(env: Environment, { host, port, ca, token, user, options }: Login): Environment {
  const { PGHOSTADDR: _1, PGSERVICE: _2, PGSERVICEFILE: _3, PGPASSFILE: _4, PGSSLNEGOTIATION: _5, SALLYPORT_TOKEN: _6, ...rest } = env
  return {
    ...rest,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: options.database === undefined ? options.resource : `${options.resource}/${options.database}`,
    PGPASSWORD: token,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: ca,
  }
}

function run([program = '', ...args]: readonly string[], env: Environment): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env })
    // A terminal's Ctrl-C reaches the client itself; it decides what that means.
    const ignore = () => {}
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore)
    const forward = () => child.kill('SIGTERM')
    process.on('SIGTERM', forward)
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Failure(error.code === 'ENOENT' ? `no such command: ${program}` : `${program}: ${error.message}`))
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}
