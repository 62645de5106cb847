#!/usr/bin/env node
/**
 * Prisma's schema engine from npm, spoken to as if it were the native binary, so that `prisma generate` and
 * `prisma migrate` work where Prisma's binary host cannot be reached. `prisma.config.ts` names this file as the binary.
 * It is a build tool: nothing that serves requests may start it.
 *
 * The Prisma CLI starts it in two ways:
 *   schema-engine [--datamodels FILE]... [--datasource JSON]                   JSON-RPC 2.0, one message per line on stdio
 *   schema-engine --datasource JSON cli can-connect-to-database (or create-, drop-database)   one act, told by the exit code
 * Errors of the second form are JSON lines on stderr, in the shape of the engine's own logger.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum, DriverAdapterError, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'
import { __wbg_set_wasm as setWasm } from '@prisma/schema-engine-wasm/schema_engine_bg'

const require = createRequire(import.meta.url)
const pg = createRequire(require.resolve('@prisma/adapter-pg'))('pg')

/** OID of PostgreSQL's `"char"`, which the catalogue is full of and the adapter does not know; it is read as text (OID 25). */
const charOid = 18
const textOid = 25

/** Prisma's codes for what a connection attempt may meet, by SQLSTATE or socket error. */
const connectionCodes = {
  '28P01': 'P1000',
  28000: 'P1000',
  '3D000': 'P1003',
  '42P04': 'P1009',
  ECONNREFUSED: 'P1001',
  ENOTFOUND: 'P1001',
  ETIMEDOUT: 'P1002',
}

function parseOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    strict: false,
    options: { datamodels: { type: 'string', multiple: true }, datasource: { type: 'string' }, version: { type: 'boolean' } },
  })
  return {
    version: values.version === true,
    datamodels: values.datamodels ?? [],
    url: values.datasource === undefined ? undefined : JSON.parse(values.datasource).url,
    act: positionals[0] === 'cli' ? positionals[1] : undefined,
  }
}

function adapterError(error) {
  const { code = 'N/A', severity = 'ERROR', message, detail, column, hint } = error
  return new DriverAdapterError({
    kind: 'postgres',
    originalCode: code,
    originalMessage: message,
    code,
    severity,
    message,
    detail,
    column,
    hint,
  })
}

/** Lets the adapter read `"char"`, here and in the transactions it starts. */
function readChars(queryable) {
  const performIO = queryable.performIO.bind(queryable)
  const queryRaw = Object.getPrototypeOf(queryable).queryRaw
  queryable.queryRaw = async (query) => {
    let chars = []
    const patched = {
      performIO: async (input) => {
        const { fields, rows } = await performIO(input)
        chars = fields.flatMap((field, index) => (field.dataTypeID === charOid ? [index] : []))
        return { rows, fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID: dataTypeID === charOid ? textOid : dataTypeID })) }
      },
    }
    const result = await queryRaw.call(patched, query)
    for (const index of chars) result.columnTypes[index] = ColumnTypeEnum.Character
    return result
  }
  return queryable
}

/** The adapter cuts scripts at every semicolon; the native engine sends them whole, which is one implicit transaction. */
function runScriptsWhole(connection) {
  connection.executeScript = async (script) => {
    try {
      await connection.underlyingDriver().query(script)
    } catch (error) {
      throw adapterError(error)
    }
  }
  const startTransaction = connection.startTransaction.bind(connection)
  connection.startTransaction = async (level) => readChars(await startTransaction(level))
  return readChars(connection)
}

function createAdapter(url) {
  const factory = new PrismaPg({ connectionString: url })
  const connect = factory.connect.bind(factory)
  factory.connect = async () => runScriptsWhole(await connect())
  factory.connectToShadowDb = async () => {
    const owner = await factory.connect()
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
    await owner.executeScript(`CREATE DATABASE "${name}"`)
    const shadow = await new PrismaPg({ connectionString: withDatabase(url, name) }).connect()
    const dispose = shadow.dispose.bind(shadow)
    shadow.dispose = async () => {
      await dispose()
      await owner.executeScript(`DROP DATABASE "${name}" WITH (FORCE)`)
      await owner.dispose()
    }
    return runScriptsWhole(shadow)
  }
  return bindMigrationAwareSqlAdapterFactory(factory)
}

function withDatabase(url, database) {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** The package's own entry imports `.wasm`, which Node 20 cannot. Without the panic registry a panic would end the process silently. */
async function loadEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    message: '',
    set_message: (message) => (globalThis.PRISMA_WASM_PANIC_REGISTRY.message = message),
  }
  const bytes = readFileSync(new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engine })
  setWasm(instance.exports)
  instance.exports['__wbindgen_start']()
}

function rpcError(error) {
  const panic = globalThis.PRISMA_WASM_PANIC_REGISTRY.message
  const message = panic !== '' ? panic : (error?.message ?? String(error))
  return {
    code: 4466,
    message: 'An error happened. Check the data field for details.',
    data: { is_panic: panic !== '', message, error_code: error?.code },
  }
}

async function serve({ datamodels, url }) {
  await loadEngine()
  const files = datamodels.map((path) => [path, readFileSync(path, 'utf8')])
  let started
  const start = () => engine.SchemaEngine.new({ datamodels: files.length > 0 ? files : undefined }, () => {}, createAdapter(url))
  const answer = async ({ id, method, params }) => {
    try {
      started ??= start()
      const target = await started
      const name = method === 'getDatabaseVersion' ? 'version' : method
      if (typeof target[name] !== 'function') throw new Error(`the schema engine has no method ${method}`)
      const result = (await target[name](params)) ?? null
      if (name === 'diff' && result.stdout !== null) process.stdout.write(`${JSON.stringify(printed(result.stdout))}\n`)
      return { jsonrpc: '2.0', id, result }
    } catch (error) {
      return { jsonrpc: '2.0', id, error: rpcError(error) }
    }
  }
  let running
  // A panic inside the engine surfaces outside any promise; unanswered, the CLI would end with exit code 0.
  process.on('uncaughtException', (error) => {
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: running, error: rpcError(error) })}\n`, () => process.exit(101))
  })
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line)
    running = message.id
    // Without a method it is the CLI's receipt for something printed.
    if (message.method !== undefined) process.stdout.write(`${JSON.stringify(await answer(message))}\n`)
  }
  process.exit(0)
}

/** What the native engine prints itself, it asks the CLI to print. */
function printed(content) {
  return { jsonrpc: '2.0', id: 0, method: 'print', params: { content } }
}

async function runAct({ act, url }) {
  const name = decodeURIComponent(new URL(url).pathname.slice(1)) || 'postgres'
  const target = act === 'can-connect-to-database' ? url : withDatabase(url, 'postgres')
  const quoted = `"${name.replaceAll('"', '""')}"`
  const statements = {
    'can-connect-to-database': 'SELECT 1',
    'create-database': `CREATE DATABASE ${quoted}`,
    'drop-database': `DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`,
  }
  const client = new pg.Client({ connectionString: target })
  try {
    if (statements[act] === undefined) throw new Error(`unknown act ${act}`)
    await client.connect()
    await client.query(statements[act])
    await client.end()
  } catch (error) {
    const fields = { error_code: connectionCodes[error.code] ?? 'P1010', message: error.message || String(error.code) }
    // The CLI's reader skips the first line.
    process.stderr.write(`\n${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}`)
    process.exit(1)
  }
}

const options = parseOptions(process.argv.slice(2))
if (options.version) process.stdout.write('schema-engine-cli wasm\n')
else if (options.act !== undefined) await runAct(options)
else await serve(options)
