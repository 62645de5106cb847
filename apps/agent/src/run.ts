import { mkdir } from 'node:fs/promises'
import { SallyportError } from '@sallyport/core'
import { lockFolder, watchParent, writePrivate } from '@sallyport/host'
import { startAgent } from './agent.js'
import type { Agent, Planes } from './agent.js'
import type { AgentConfig, Environment } from './config.js'
import { loadConfig, usage } from './config.js'
import { createLog } from './log.js'
import type { Log } from './log.js'

/**
 * The command `agent run`: exit code 0 after it was told to end, 1 when it could not start or go on, 2 for flags and
 * environment that are wrong. It ends within ten seconds of SIGINT or SIGTERM, whatever hangs.
 */
export interface Command {
  /** Without interpreter and script. */
  readonly args: readonly string[]
  readonly env: Environment
  readonly version: string
  readonly planes: Planes
}

const patience = 9_000

export async function run({ args, env, version, planes }: Command): Promise<void> {
  const [name, ...flags] = args
  if (name !== 'run' || flags.includes('--help')) return end(name === undefined || flags.includes('--help') ? 0 : 2, usage)
  const loaded = loadConfig(flags, env)
  if (!loaded.ok) return end(2, `${loaded.errors.join('\n')}\n\n${usage}`)
  const { config } = loaded
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(config.dataDir)
  if (!lock.ok) return end(1, `the data directory ${config.dataDir} is in use by process ${lock.holder}`)
  const log = createLog(config.logLevel)
  dieLoudly(log)
  const told = toldToEnd(config)
  let code = 0
  try {
    await serve({ config, version, log, planes }, told)
  } catch (error) {
    code = 1
    process.stderr.write(`${publicReason(error)}\n`)
  }
  await lock.release()
  process.exit(code)
}

interface Serving {
  readonly config: AgentConfig
  readonly version: string
  readonly log: Log
  readonly planes: Planes
}

async function serve(serving: Serving, told: Promise<string>): Promise<void> {
  const { config, log } = serving
  const starting = startAgent(serving)
  const agent = await Promise.race([starting, told])
  if (typeof agent === 'string') {
    // The command to end came first: give the start a moment to come to where it can be undone.
    expire(log)
    return (await starting).stop()
  }
  log.info({ agent: agent.id, ports: agent.ports }, 'the agent listens')
  agent.ready.then(
    () => announce(agent, config, log),
    (error: unknown) => log.warn({ reason: publicReason(error) }, 'the agent did not become ready'),
  )
  const why = await told
  log.info({ why }, 'the agent ends')
  expire(log)
  await agent.stop()
}

async function announce(agent: Agent, config: AgentConfig, log: Log): Promise<void> {
  log.info({ agent: agent.id, ports: agent.ports }, 'the agent is ready')
  if (config.runFile === undefined) return
  const told = { agent: agent.id, pid: process.pid, ports: agent.ports, ...(agent.authority === undefined ? {} : { ca: agent.authority }) }
  try {
    await writePrivate(config.runFile, `${JSON.stringify(told)}\n`)
  } catch (error) {
    log.error({ reason: publicReason(error) }, 'the run file cannot be written')
  }
}

function toldToEnd(config: AgentConfig): Promise<string> {
  return new Promise((resolve) => {
    process.on('SIGTERM', () => resolve('SIGTERM'))
    process.on('SIGINT', () => resolve('SIGINT'))
    if (config.parentWatch) watchParent(() => resolve('the parent process is gone'))
  })
}

/** What was recorded is durable already, and the next start closes the rest as unknown. */
function expire(log: Log): void {
  setTimeout(() => {
    log.error({}, 'the agent did not end in time')
    process.exit(1)
  }, patience).unref()
}

/** A state that nobody foresaw may not decide anything: the process ends, and the next start repairs the trail. */
function dieLoudly(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      const stack = error instanceof Error ? error.stack?.split('\n').slice(1, 6).join('\n') : undefined
      log.fatal({ reason: publicReason(error), stack }, 'an error that nobody foresaw')
      process.exit(1)
    })
  }
}

function publicReason(error: unknown): string {
  if (error instanceof SallyportError) return `${error.kind.title}: ${error.message}`
  return error instanceof Error ? error.message : 'unknown'
}

function end(code: number, text: string): void {
  process.stderr.write(`${text}\n`)
  process.exitCode = code
}
