import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockHome } from './lock.js'
import { bornAt } from './process-table.js'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-lock-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

it('admits one, names it to the other, and admits the next after its release', async () => {
  const first = await lockHome(home)
  expect(first.ok).toBe(true)
  expect(await lockHome(home)).toEqual({ ok: false, holder: process.pid })
  if (first.ok) await first.release()
  expect((await lockHome(home)).ok).toBe(true)
})

it('admits one of many that come at once', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => lockHome(home)))
  expect(all.filter(({ ok }) => ok)).toHaveLength(1)
})

it('is not held by the dead', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await writeFile(join(home, 'lock'), `${child.pid} ${bornAt(child.pid!)} aa\n`)
  expect(await lockHome(home)).toEqual({ ok: false, holder: child.pid })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await lockHome(home)).ok).toBe(true)
})

it('is not held by another process that got the same number', async () => {
  await writeFile(join(home, 'lock'), `${process.ppid} born-in-another-time aa\n`)
  expect((await lockHome(home)).ok).toBe(true)
  expect(await readdir(home)).toEqual(['lock'])
})
