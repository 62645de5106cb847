import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyBinaries, findBinaries, linkLibraries } from './binaries.js'

let place: string

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'sallyport-test-'))
})
afterEach(() => rm(place, { recursive: true, force: true }))

it('a copy of the binaries runs, and is made once', async () => {
  const found = await findBinaries()
  await linkLibraries(found.native)
  const [copy, same] = [await copyBinaries(found, place), await copyBinaries(found, place)]
  expect(same).toEqual(copy)
  expect(copy.native.startsWith(place)).toBe(true)
  const { stdout } = spawnSync(join(copy.native, 'bin', 'postgres'), ['--version'], { encoding: 'utf8' })
  expect(stdout).toContain(`PostgreSQL) ${found.version.split('-')[0]?.replace(/\.0$/, '')}`)
})

it('a planted copy is refused: one that others may write into, or a link', async () => {
  const found = await findBinaries()
  const home = join(place, `sallyport-postgres-${found.version}-${process.getuid?.() ?? 0}`)
  await mkdir(home)
  await chmod(home, 0o777)
  await expect(copyBinaries(found, place)).rejects.toThrow(/planted/)
  await rm(home, { recursive: true })
  await mkdir(join(place, 'elsewhere'))
  await symlink(join(place, 'elsewhere'), home)
  await expect(copyBinaries(found, place)).rejects.toThrow(/planted/)
})
