import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const built = pathToFileURL(join(import.meta.dirname, '..', 'dist', 'index.js')).href

const watching = `
  import { writeSync } from 'node:fs'
  import { watchParent } from '${built}'
  const alive = setInterval(() => {}, 1000)
  watchParent(() => { writeSync(1, 'gone\\n'); clearInterval(alive) })
  process.send('watching')
`

/** Killed, without a word to its child, as soon as that watches. */
const dying = `
  const { spawn } = require('node:child_process')
  const child = spawn(process.execPath, ['--input-type=module', '-e', process.argv[1]], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.once('message', () => { require('node:fs').writeSync(1, 'killed\\n'); process.kill(process.pid, 'SIGKILL') })
`

it('tells a process once that its parent was killed, and not before', async () => {
  const parent = spawn(process.execPath, ['-e', dying, watching], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  parent.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  // The child has inherited the output: it closes when both are gone.
  await once(parent, 'close')
  expect(said).toBe('killed\ngone\n')
})
