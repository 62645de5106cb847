import type { Prisma, Reader } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'
import type { GrantQuery } from './schema.js'

const whole = { approval: true, taken: { orderBy: { at: 'asc' } } } as const satisfies Prisma.GrantInclude

export type WholeGrant = Prisma.GrantGetPayload<{ include: typeof whole }>

export function findGrant(db: Reader, id: string): Promise<WholeGrant | null> {
  return db.grant.findUnique({ where: { id }, include: whole })
}

export function listGrants(
  db: Reader,
  { scope, query }: { readonly scope: Prisma.GrantWhereInput; readonly query: GrantQuery },
  { before, take }: PageWindow,
): Promise<WholeGrant[]> {
  const { state, resource } = query
  const approval = {
    ...(state !== undefined && { state: state === 'in_force' ? 'approved' : state }),
    ...(resource !== undefined && { resource }),
  }
  return db.grant.findMany({ where: { AND: [before, scope], approval }, take, orderBy: { id: 'desc' }, include: whole })
}
