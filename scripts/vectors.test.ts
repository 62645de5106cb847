import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** What a row of the table names as its proof: files or folders, and parts of the names of tests in the file before them. */
function unproven(row: string): readonly string[] {
  const [, attack = '', , shownBy = ''] = row.split(/(?<!\\)\|/)
  const missing: string[] = []
  let file: string | undefined
  let folder = root
  for (const [, path, name] of shownBy.matchAll(/`([^`]+)`|"([^"]+)"/g)) {
    if (path !== undefined) {
      // A bare name lies beside the file before it.
      file = [join(root, path), join(folder, path)].find((candidate) => existsSync(candidate))
      if (file === undefined) missing.push(`${attack.trim()}: there is no ${path}`)
      else folder = statSync(file).isDirectory() ? file : dirname(file)
    } else if (name !== undefined && file !== undefined && !readFileSync(file, 'utf8').includes(name)) {
      missing.push(`${attack.trim()}: ${file.slice(root.length + 1)} has no test "${name}"`)
    }
  }
  return missing
}

describe('the table of security vectors', () => {
  const rows = readFileSync(join(root, 'docs', 'security-vectors.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| attack') && !/^\|[\s|-]+$/.test(line))

  it('names only tests that there are', () => {
    expect(rows.length).toBeGreaterThan(35)
    expect(rows.flatMap(unproven)).toEqual([])
  })

  it('has a proof and a status in every row', () => {
    expect(
      rows.filter((row) =>
        row
          .split(/(?<!\\)\|/)
          .slice(1, 5)
          .some((cell) => cell.trim() === ''),
      ),
    ).toEqual([])
  })

  it('would be caught with a test that nobody wrote', () => {
    expect(unproven('| a | b | `e2e/src/psql.test.ts` "walks through walls", `nowhere.test.ts` | holds |')).toEqual([
      'a: e2e/src/psql.test.ts has no test "walks through walls"',
      'a: there is no nowhere.test.ts',
    ])
  })
})
