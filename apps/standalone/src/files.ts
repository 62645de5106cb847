/**
 * Files that are there whole or not at all, for their owner's eyes. What holds a secret is written by nothing else.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Mode 0600, by rename: a reader sees the old content or the new. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined when there is no such file; throws, naming it, when it holds no JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${path} is damaged: it holds no JSON`)
  }
}

export async function readRecord(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJson(path)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** The secret kept in a file, made at the first call: 256 random bits in hex. */
export async function keepSecret(path: string): Promise<string> {
  const present = (await readText(path))?.trim()
  if (present) return present
  const made = randomBytes(32).toString('hex')
  await writePrivate(path, `${made}\n`)
  return made
}
