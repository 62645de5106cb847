/** What the home keeps between two starts: records as JSON, secrets as text. */
import { randomBytes } from 'node:crypto'
import { readText, writePrivate } from '@sallyport/host'

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

/** Anything but a JSON object reads as an empty one. */
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
