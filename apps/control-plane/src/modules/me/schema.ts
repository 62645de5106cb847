import { Type, type Static } from '@sinclair/typebox'
import { Labels, oneOf, Time } from '../../http/fields.js'
import { permissions, roles, type Permission } from '../../permissions.js'

export const PrincipalView = Type.Object({
  provider: Type.String(),
  subject: Type.String(),
  name: Type.String(),
  kind: oneOf('human', 'service', 'agent'),
  groups: Type.Array(Type.String()),
  person: Type.Optional(Type.String()),
  owner: Type.Optional(Type.String()),
  primary: Type.Boolean(),
})

export const MeView = Type.Object(
  {
    principal: PrincipalView,
    chain: Type.Array(PrincipalView, { description: 'Whom it acts for' }),
    token: Type.Object({
      id: Type.String(),
      issuer: Type.String(),
      audience: Type.Array(Type.String()),
      issued_at: Time,
      expires_at: Time,
    }),
    roles: Type.Array(Type.Object({ role: oneOf(...roles), labels: Type.Optional(Labels) }), {
      description: 'Of the principal itself; what it may do is under `permissions`, which whoever it acts for limits',
    }),
    permissions: Type.Array(
      Type.Object({
        permission: oneOf(...(Object.keys(permissions) as Permission[])),
        scope: Type.Union([Type.Literal('all'), Type.Array(Labels)]),
      }),
    ),
  },
  { title: 'Me' },
)
export type MeView = Static<typeof MeView>
export type PrincipalView = Static<typeof PrincipalView>
