import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { forbidden, rooms } from './ranks.js'

const root = join(import.meta.dirname, '..')
const scope = '@sallyport/'

interface Manifest {
  readonly name: string
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const folders = ['packages', 'packages/protocols', 'apps'].flatMap((parent) =>
  readdirSync(join(root, parent))
    .map((name) => join(root, parent, name))
    .filter(
      (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() && statSync(join(path, 'package.json'), { throwIfNoEntry: false }),
    ),
)

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['gen', 'generated', 'node_modules', 'testing'].includes(entry.name) ? [] : sources(path)
    return /\.(ts|tsx|mts)$/.test(entry.name) && !entry.name.includes('.test.') ? [path] : []
  })
}

function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)['"]([^'"\n]+)['"]/g)].map((m) => m[1]!)
}

describe.each(folders)('%s', (folder) => {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const name = manifest.name.slice(scope.length)
  const room = rooms[name]
  const declared = { ...manifest.dependencies, ...manifest.optionalDependencies }

  if (name === 'testkit') {
    it('is needed by tests only', () => {
      const users = folders.map((f) => JSON.parse(readFileSync(join(f, 'package.json'), 'utf8')) as Manifest)
      expect(users.filter((m) => m.dependencies?.[manifest.name]).map((m) => m.name)).toEqual([])
    })
    return
  }

  it('has a row in the table', () => expect(room).toBeDefined())

  it('depends on lower ranks only', () => {
    const ours = Object.keys(declared)
      .filter((d) => d.startsWith(scope))
      .map((d) => d.slice(scope.length))
    expect(ours.filter((d) => !rooms[d] || rooms[d].rank >= room!.rank)).toEqual([])
    expect(ours.filter((d) => forbidden[name]?.includes(d))).toEqual([])
  })

  it('depends on no npm package beyond its row', () => {
    const theirs = Object.keys(declared).filter((d) => !d.startsWith(scope))
    expect(theirs.filter((d) => !room!.npm.some((allowed) => (allowed.endsWith('/') ? d.startsWith(allowed) : d === allowed)))).toEqual([])
  })

  it('imports only what it declares, and of Node only what its row names', () => {
    const wrong: string[] = []
    for (const file of sources(join(folder, 'src'))) {
      for (const specifier of imports(file)) {
        if (specifier.startsWith('.') || specifier === manifest.name) continue
        if (specifier.startsWith('node:')) {
          const module = specifier.slice(5)
          if (room!.node !== '*' && !room!.node.includes(module)) wrong.push(`${file}: ${specifier}`)
          continue
        }
        const parts = specifier.split('/')
        const pack = specifier.startsWith('@') ? `${parts[0]}/${parts[1]}` : parts[0]!
        const typesOnly = manifest.devDependencies?.[pack] && /types/.test(pack)
        if (!declared[pack] && !typesOnly) wrong.push(`${file}: ${specifier}`)
        if (specifier.startsWith(scope) && parts.length > 2) wrong.push(`${file}: ${specifier} reaches past an index`)
      }
    }
    expect(wrong).toEqual([])
  })
})
