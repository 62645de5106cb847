// `npm test`: everything that can be checked, all of it even when something fails, and one line that counts.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { build } from './build.mjs'
import { run } from './child.mjs'
import { installClients, reportMissing } from './clients.mjs'
import { buildDir, pathFor, root } from './environment.mjs'
import { install } from './install.mjs'

const checks = [
  { name: 'format', command: 'oxfmt', args: ['--check', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware'] },
  { name: 'types of the tests', command: 'tsc', args: ['-p', 'tsconfig.tests.json'] },
  { name: 'dead code', command: 'knip', args: ['--no-progress'] },
  { name: 'proto: lint', command: 'buf', args: ['lint'], cwd: 'proto' },
  { name: 'proto: breaking', command: 'buf', args: ['breaking', '--against', 'baseline.binpb'], cwd: 'proto' },
]

const suites = [
  { name: 'unit', config: 'vitest.config.ts' },
  { name: 'e2e', config: 'e2e/vitest.config.ts' },
]

export async function main(args) {
  await install('full')
  await installClients()
  await build()
  mkdirSync(buildDir, { recursive: true })
  const results = [{ name: 'build', passed: 1, failed: 0, skipped: 0 }]
  for (const check of checks) results.push(await runCheck(check))
  for (const suite of suites) if (existsSync(join(root, suite.config))) results.push(await runSuite(suite, args))
  process.exit(conclude(results) ? 0 : 1)
}

async function runCheck({ name, command, args, cwd = '.' }) {
  console.error(`\n== ${name}`)
  const code = await run(command, args, { cwd: join(root, cwd), env: { ...process.env, PATH: pathFor(root) } })
  return { name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

async function runSuite({ name, config }, args) {
  console.error(`\n== ${name}`)
  const report = join(buildDir, `${name}.json`)
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const flags = ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--passWithNoTests']
  const code = await run(process.execPath, [vitest, ...flags, ...args], { env: { ...process.env, PATH: pathFor(root) } })
  return { name, ...count(report, code) }
}

/** A file that does not load, or an error outside any test, fails the run without failing a test: it counts as one. */
function count(report, code) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'))
  const failed = code !== 0 && numFailedTests === 0 ? 1 : numFailedTests
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
}

function conclude(results) {
  const absent = reportMissing()
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const result of results) for (const key of Object.keys(total)) total[key] += result[key]
  console.log('')
  for (const { name, failed } of results) if (failed > 0) console.log(`failed: ${name}`)
  for (const line of absent) console.log(line)
  if (process.env['SALLYPORT_REQUIRE_CLIENTS'] === '1') total.failed += absent.length
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed === 0
}
