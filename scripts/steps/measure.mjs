// `npm run bench -- NAME` and `npm run soak [-- NAME]`: the suites of e2e/ at the sizes that figures need.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { build } from './build.mjs'
import { must, StepFailed } from './child.mjs'
import { root } from './environment.mjs'
import { install } from './install.mjs'

export async function main(names, kind) {
  const config = join(root, 'e2e', `vitest.${kind}.config.ts`)
  if (!existsSync(config)) throw new StepFailed(`this build has no ${kind} suite (e2e/vitest.${kind}.config.ts)`)
  await install('full')
  await build()
  await must(kind, process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', config, ...names])
}
