import type { GrantedRow } from './posture-catalog.js'

/** Names in sentences, and the statements of a remedy: some of them and how many more there are. */

/** How many names a sentence or a remedy holds. */
const shown = 5

export function namesOf(rows: readonly Pick<GrantedRow, 'name'>[]): string {
  return list(rows.map(({ name }) => name))
}

export function list(names: readonly string[], count = names.length): string {
  const told = names.slice(0, shown)
  return count > told.length ? `${told.join(', ')} and ${count - told.length} more` : told.join(', ')
}

export function statements(names: readonly string[], statement: (name: string) => string, count = names.length): string {
  const told = names.slice(0, shown)
  const more = count > told.length ? [`-- and ${count - told.length} more`] : []
  return [...told.map(statement), ...more].join('\n')
}

/** What nobody was granted that is told of here comes from a superuser whom the role may become. */
export function revoke(
  rows: readonly GrantedRow[],
  statement: (row: { readonly name: string; readonly grantees: string }) => string,
): string {
  const told = rows
    .slice(0, shown)
    .map(({ name, grantees }) =>
      grantees.length > 0 ? statement({ name, grantees: grantees.join(', ') }) : `-- ${name}: it comes with being a superuser's member`,
    )
  return [...told, ...(rows.length > shown ? [`-- and ${rows.length - shown} more`] : [])].join('\n')
}
