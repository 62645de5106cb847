import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sallyport as command, tokenOf, type Standalone } from '../src/world.js'
import { prepareDatabase, type Stage } from './database.js'
import { type Front, libpq } from './front.js'
import { openProxies } from './proxies.js'

export interface Scene {
  readonly direct: Front
  readonly sallyport: Front
  /** Who may read in bulk, through the gateway. */
  readonly bulk: Front
  /** Anybody of the demo, through the gateway. */
  readonly as: (name: string) => Promise<Front>
  readonly stage: Stage
  readonly others: readonly Front[]
  readonly absent: readonly string[]
  readonly tableBytes: number
  readonly policies: number
  readonly versions: Readonly<Record<string, string>>
}

/** Beside those of the demo, so that a decision weighs as many as a grown installation has. */
const policies = 20

export async function openScene(world: Standalone, folder: string): Promise<Scene> {
  const { home } = world
  const ready = world.ready()
  const ports = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')) as { readonly database: number }
  const owner = statSync(join(home, 'postgres'))
  const password = secret(home, 'shop-database')
  const stage: Stage = { home, folder, port: ports.database, password, adminPassword: secret(home, 'postgres'), owner }
  const { version, tableBytes } = await prepareDatabase(stage)
  await applyPolicies(home, folder)
  const gateway = async (name: string): Promise<Front> => ({
    name: 'sallyport',
    env: libpq(ready.postgres.port, name, await tokenOf(name, home)),
    pid: ready.pids['agent']!,
    behind: ready.pids['control_plane']!,
    stop: () => undefined,
  })
  const direct: Front = { name: 'direct', env: libpq(stage.port, 'shop_gateway', password), stop: () => undefined }
  const found = await openProxies(stage)
  const others = found.filter((front) => typeof front === 'object')
  const absent = found.filter((front) => typeof front === 'string')
  const versions = {
    node: process.version,
    postgres: version,
    pgbench: execFileSync('pgbench', ['--version'], { encoding: 'utf8' }).trim(),
    ...Object.fromEntries(others.map((front) => [front.name, front.version ?? ''])),
  }
  const [sallyport, bulk] = [await gateway('billing-agent'), await gateway('root')]
  return { direct, sallyport, bulk, as: gateway, stage, others, absent, tableBytes, policies, versions }
}

function secret(home: string, name: string): string {
  return readFileSync(join(home, 'keys', name), 'utf8').trim()
}

/** Each one speaks of the same people and the same resource, and none of what is measured. */
async function applyPolicies(home: string, folder: string): Promise<void> {
  const documents = Array.from(
    { length: policies },
    (_, i) => `kind: policy
name: bench-${i}
subjects: { groups: [ai-agents, reporting, developers, admins] }
resources: { names: [shop] }
rules:
  - id: closed
    match: { touches: [{ kind: relation, name: private_${i}.* }] }
    action: deny
  - id: no-such-function
    match: { functions: [private_${i}.*] }
    action: deny
`,
  )
  await apply(home, folder, documents.join('---\n'))
}

/** As an administrator; resolves when the agent enforces it. */
export async function apply(home: string, folder: string, documents: string): Promise<void> {
  const file = join(folder, 'policies.yaml')
  writeFileSync(file, documents)
  const { code, stderr } = await command(['policies', 'apply', '-f', file, '--as', 'root'], { home })
  if (code !== 0) throw new Error(`the policies of the benchmark were refused: ${stderr}`)
}
