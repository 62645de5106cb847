/**
 * One folder, one instance. The lock is a file that names its holder's process and that process's birth, so that a
 * reused process id holds nothing. It is made by `link`, which is atomic, and is given up by `release` or by dying.
 */
import { randomBytes } from 'node:crypto'
import { link, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readText } from './files.js'
import { bornAt } from './process-table.js'

/** `holder` is the id of the process that has the folder; it may be the one that asks. */
export type Locked = { readonly ok: true; release(): Promise<void> } | { readonly ok: false; readonly holder: number }

/** The folder must be there. */
export async function lockFolder(folder: string): Promise<Locked> {
  const path = join(folder, 'lock')
  const nonce = randomBytes(8).toString('hex')
  const mine = `${process.pid} ${bornAt(process.pid) ?? ''} ${nonce}\n`
  const draft = join(folder, `lock.${nonce}`)
  await writeFile(draft, mine, { mode: 0o600, flag: 'wx' })
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      if (await linked(draft, path)) {
        // Somebody who took us for dead would have moved our lock away by now.
        await sleep(20)
        if ((await readText(path)) === mine) return { ok: true, release: () => releaseIfOurs(path, mine) }
        continue
      }
      const theirs = await readText(path)
      if (theirs === undefined) continue
      const [pid = '', born = ''] = theirs.trim().split(' ')
      const now = bornAt(Number(pid))
      if (now !== undefined && (born === '' || now === born)) return { ok: false, holder: Number(pid) }
      await moveAway(path, theirs)
    }
    throw new Error(`the lock ${path} changes hands too often`)
  } finally {
    await rm(draft, { force: true })
  }
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Removes the lock of a dead holder; puts back what turns out to be another's. */
async function moveAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale.${randomBytes(8).toString('hex')}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if ((await readText(aside)) !== stale) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

async function releaseIfOurs(path: string, mine: string): Promise<void> {
  if ((await readText(path)) === mine) await rm(path, { force: true })
}
