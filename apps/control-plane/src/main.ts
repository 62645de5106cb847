#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { watchParent, writePrivate } from '@sallyport/host'
import { loadConfig, type Config } from './config.js'
import { startControlPlane, StartError } from './control-plane.js'
import { createDatabase, migrate, MigrationError } from './db/index.js'
import { createLog, describeError } from './log.js'
import { masterKeyFrom, newMasterKeyText, rotateMasterKey, type MasterKey } from './secrets/index.js'

/** `server`, or `rotate-master-key --new-key-file FILE`. Exit 0 done, 1 failed, 2 wrong configuration or usage. */
const usage = 'usage: sallyport server [rotate-master-key --new-key-file FILE]'

/** Milliseconds that closing may take; a supervisor waits ten seconds. */
const closingPatience = 8_000

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function configure(): Config {
  const loaded = loadConfig(process.env)
  if (loaded.ok) return loaded.config
  for (const error of loaded.errors) say(`sallyport: ${error}`)
  return process.exit(2)
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const fatal = (error: unknown): never => {
    log.fatal({ err: error }, 'an error nobody caught')
    process.exit(1)
  }
  process.on('uncaughtException', fatal)
  process.on('unhandledRejection', fatal)
  const plane = await startControlPlane({ config, log, print })
  let closing = false
  const stop = (): void => {
    if (closing) return
    closing = true
    setTimeout(() => process.exit(1), closingPatience).unref()
    void plane.close().then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  if (config.parentWatch) watchParent(stop)
  await tellReady(config, plane.ports)
  log.info({ ...plane.ports }, 'ready')
}

async function tellReady({ runFile }: Config, ports: { readonly http: number; readonly grpc: number }): Promise<void> {
  const ready = { ready: { ...ports, pid: process.pid } }
  if (runFile !== undefined) await writePrivate(runFile, `${JSON.stringify(ready)}\n`)
  print(JSON.stringify(ready))
  process.send?.(ready)
}

async function rotate(config: Config, file: string): Promise<void> {
  const to = readOrMakeKey(file)
  await migrate(config.databaseUrl)
  const db = createDatabase(config.databaseUrl, { poolSize: 2 })
  try {
    const { rewrapped } = await rotateMasterKey(db, config.masterKey, to)
    print(
      `${rewrapped} data keys are wrapped by ${to.id} now. Start every control plane with SALLYPORT_MASTER_KEY_FILE=${file}; then destroy the old key.`,
    )
  } finally {
    await db.$disconnect()
  }
}

function readOrMakeKey(file: string): MasterKey {
  try {
    writeFileSync(file, `${newMasterKeyText()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new StartError(`--new-key-file cannot be written: ${file}`, 2)
  }
  const key = masterKeyFrom(readFileSync(file, 'utf8'))
  if (key === undefined) throw new StartError(`--new-key-file must hold 32 bytes as 64 hexadecimal digits or base64: ${file}`, 2)
  return key
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, strict: false, options: { 'new-key-file': { type: 'string' } } })
  const [command] = positionals
  const file = values['new-key-file']
  if (command === undefined) await serve(configure())
  else if (command === 'rotate-master-key' && typeof file === 'string') await rotate(configure(), file)
  else {
    say(usage)
    process.exit(2)
  }
}

await main().catch((error: unknown) => {
  const told = error instanceof StartError || error instanceof MigrationError
  say(`sallyport: ${told ? error.message : `the control plane could not start: ${JSON.stringify(describeError(error))}`}`)
  process.exit(error instanceof StartError ? error.exitCode : 1)
})
