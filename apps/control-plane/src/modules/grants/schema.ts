import { Type, type Static } from '@sinclair/typebox'
import { idOf, nullable, oneOf, ResourceName, Time } from '../../http/fields.js'
import { PageQuery } from '../../http/page.js'

const state = oneOf('in_force', 'used', 'expired', 'revoked')

export const GrantQuery = Type.Composite([PageQuery, Type.Object({ state: Type.Optional(state), resource: Type.Optional(ResourceName) })], {
  additionalProperties: false,
})
export type GrantQuery = Static<typeof GrantQuery>

export const GrantView = Type.Object(
  {
    id: idOf('gra'),
    approval: idOf('apr'),
    state,
    digest: Type.String({ description: 'SHA-256 in hex of exactly what may run' }),
    principal: Type.Object({ provider: Type.String(), subject: Type.String(), name: Type.String() }),
    resource: Type.Object({ id: Type.String(), name: Type.String() }),
    uses: Type.Integer(),
    used: Type.Integer(),
    created_at: Time,
    expires_at: Time,
    ended_at: nullable(Time),
    taken: Type.Array(Type.Object({ statement: Type.String(), agent: Type.String(), at: Time })),
  },
  { title: 'Grant' },
)
export type GrantView = Static<typeof GrantView>
