import { Type, type Static } from '@sinclair/typebox'
import { described, DocumentName, ForeignName, idOf, Labels, oneOf, Time } from '../../http/fields.js'
import { roles } from '../../permissions.js'

const fields = {
  name: Type.Optional(DocumentName),
  provider: Type.Optional(described(DocumentName, { description: 'Trust provider; absent: the primary one' })),
  group: Type.Optional(described(ForeignName, { description: 'Who has the role: a group of the provider, or else a subject' })),
  subject: Type.Optional(ForeignName),
  role: oneOf(...roles),
  labels: Type.Optional(described(Labels, { minProperties: 1, description: 'Only for resources whose labels hold every pair' })),
}

export const RoleBody = Type.Object(
  { kind: Type.Optional(Type.Literal('role')), ...fields },
  { additionalProperties: false, title: 'RoleBody' },
)
export type RoleBody = Static<typeof RoleBody>

export const RoleView = Type.Object(
  { id: idOf('rol'), ...fields, name: DocumentName, created_at: Time, updated_at: Time },
  { title: 'Role' },
)
export type RoleView = Static<typeof RoleView>
