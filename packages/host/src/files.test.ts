import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readText, writePrivate } from './files.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'private files '))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('a private file', () => {
  it('is for its owner only, and so are the folders that had to be made for it', async () => {
    const path = join(folder, 'keys', 'inner', 'key')
    await writePrivate(path, 'secret')
    expect(await modeOf(path)).toBe(0o600)
    expect(await modeOf(join(folder, 'keys'))).toBe(0o700)
    expect(await modeOf(join(folder, 'keys', 'inner'))).toBe(0o700)
    expect(await readText(path)).toBe('secret')
  })

  it('takes bytes as they are', async () => {
    const path = join(folder, 'bytes')
    const bytes = Uint8Array.of(0, 255, 128, 10)
    await writePrivate(path, bytes)
    expect(new Uint8Array(await readFile(path))).toEqual(bytes)
  })

  it('is one of those written at once, whole, and nothing else is left', async () => {
    const path = join(folder, 'file')
    const texts = Array.from({ length: 8 }, (_, n) => String(n).repeat(100_000))
    await Promise.all(texts.map((text) => writePrivate(path, text)))
    expect(texts).toContain(await readText(path))
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('is replaced, not written through, where a link lies in its place', async () => {
    const [path, elsewhere] = [join(folder, 'file'), join(folder, 'elsewhere')]
    await writePrivate(elsewhere, 'theirs')
    await symlink(elsewhere, path)
    await writePrivate(path, 'ours')
    expect(await readText(elsewhere)).toBe('theirs')
    expect(await readText(path)).toBe('ours')
  })

  it('leaves no draft where it cannot be put in place', async () => {
    await mkdir(join(folder, 'taken', 'by a folder'), { recursive: true })
    await expect(writePrivate(join(folder, 'taken'), 'secret')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
    expect(await readdir(folder)).toEqual(['taken'])
  })
})

describe('reading', () => {
  it('tells a file that is not there from one that cannot be read', async () => {
    expect(await readText(join(folder, 'nothing'))).toBeUndefined()
    await expect(readText(folder)).rejects.toThrow('EISDIR')
  })
})
