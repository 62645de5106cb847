import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder, type Locked } from './lock.js'
import { bornAt } from './process-table.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock '))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function held(lock: Locked): { release(): Promise<void> } {
  if (!lock.ok) throw new Error(`held by ${lock.holder}`)
  return lock
}

describe('the lock of a folder', () => {
  it('lets one in, names it to the next, and lets the next in after it left', async () => {
    const first = held(await lockFolder(folder))
    expect(await lockFolder(folder)).toEqual({ ok: false, holder: process.pid })
    await first.release()
    await held(await lockFolder(folder)).release()
  })

  it('lets exactly one of many in', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => lockFolder(folder)))
    expect(all.filter((lock) => lock.ok)).toHaveLength(1)
    expect(await readdir(folder)).toEqual(['lock'])
  })

  it('is held by another process as long as that lives', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await writeFile(join(folder, 'lock'), `${child.pid} ${bornAt(child.pid!)} mark\n`)
    expect(await lockFolder(folder)).toEqual({ ok: false, holder: child.pid })
    child.kill('SIGKILL')
    await once(child, 'exit')
    held(await lockFolder(folder))
  })

  it('is not held by another process that was given the same number', async () => {
    await writeFile(join(folder, 'lock'), `${process.pid} another-birth mark\n`)
    held(await lockFolder(folder))
    expect(await readFile(join(folder, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  })

  it('is not held by what is no lock at all', async () => {
    await writeFile(join(folder, 'lock'), '')
    held(await lockFolder(folder))
  })
})
