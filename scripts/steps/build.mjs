// Generated sources first, only where their inputs changed; then every project, which TypeScript does incrementally.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { must } from './child.mjs'
import { buildDir, pathFor, root } from './environment.mjs'
import { install } from './install.mjs'

/** Packages whose `generate` script makes `output` (not in git) from `inputs`. */
const generated = [
  { folder: 'packages/contract', inputs: ['proto', 'packages/contract/package.json'], output: 'src/gen' },
  {
    folder: 'apps/control-plane',
    inputs: ['prisma/schema', 'prisma.config.ts', 'tools', 'apps/control-plane/package.json'],
    output: 'src/generated',
  },
]

export async function main() {
  await install('prod')
  await build()
}

export async function build() {
  for (const step of generated) await generate(step)
  await must('compiling', process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], { stdio: ['ignore', 2, 2] })
}

async function generate({ folder, inputs, output }) {
  const script = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).scripts?.generate
  if (script === undefined) return
  const hash = createHash('sha256').update(readFileSync(join(root, 'pnpm-lock.yaml')))
  for (const input of inputs) hashTree(hash, join(root, input))
  const digest = hash.digest('hex')
  const stamp = join(buildDir, `generated-${folder.replaceAll('/', '-')}`)
  if (existsSync(join(root, folder, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  const env = { ...process.env, PATH: pathFor(join(root, folder)), CHECKPOINT_DISABLE: '1' }
  await must(`generating ${folder}/${output}`, '/bin/sh', ['-c', script], { cwd: join(root, folder), env, stdio: ['ignore', 2, 2] })
  mkdirSync(buildDir, { recursive: true })
  writeFileSync(stamp, digest)
}

function hashTree(hash, path) {
  if (!existsSync(path)) return
  if (statSync(path).isDirectory()) for (const name of readdirSync(path).toSorted()) hashTree(hash, join(path, name))
  else hash.update(path.slice(root.length)).update(readFileSync(path))
}
