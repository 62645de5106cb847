import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const run = (command: string, args: readonly string[]) => spawnSync(command, args, { encoding: 'utf8', cwd: tmpdir() })

it('the entry knows its commands and nothing else', () => {
  for (const args of [[], ['nonsense'], ['toString']]) {
    const { status, stderr } = run(process.execPath, [join(root, 'scripts', 'run.mjs'), ...args])
    expect(status).toBe(2)
    expect(stderr).toContain('start|test|build|bench|soak')
  }
})

it('launcher and CI script can be run as they lie there', () => {
  for (const file of ['sallyport', '.ci/run']) expect(() => accessSync(join(root, file), constants.X_OK)).not.toThrow()
})

it('the launcher finds its clone from anywhere, also through a link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport link '))
  symlinkSync(join(root, 'sallyport'), join(folder, 'sp'))
  const { status, stdout } = run(join(folder, 'sp'), ['token', '--help'])
  rmSync(folder, { recursive: true })
  expect(stdout).toContain('Usage: sallyport token')
  expect(status).toBe(0)
})

it.each([
  [['server', 'nonsense'], 'usage: sallyport server'],
  [['agent', 'nonsense'], 'usage: sallyport agent run'],
  [['nonsense'], 'unknown command'],
])('the launcher hands %j to the program that knows it', (args, words) => {
  const { status, stderr } = run(join(root, 'sallyport'), args)
  expect(status).toBe(2)
  expect(stderr).toContain(words)
})
