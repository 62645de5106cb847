import { Type, type Static } from '@sinclair/typebox'
import { described, DocumentName, ForeignName, idOf, ResourceName, Time } from '../../http/fields.js'

const provider = Type.Optional(described(DocumentName, { description: 'Absent: of any provider' }))
const closed = { additionalProperties: false }

export const LockTargetBody = Type.Union(
  [
    Type.Object({ kind: Type.Literal('principal'), name: ForeignName, provider }, closed),
    Type.Object({ kind: Type.Literal('group'), name: ForeignName, provider }, closed),
    Type.Object({ kind: Type.Literal('token'), id: ForeignName }, closed),
    Type.Object({ kind: Type.Literal('resource'), name: ResourceName }, closed),
    Type.Object({ kind: Type.Literal('agent'), id: idOf('agt') }, closed),
  ],
  { description: 'What is locked: { kind: principal or group, name, provider? }, { kind: token or agent, id }, { kind: resource, name }' },
)

export const LockBody = Type.Object(
  {
    kind: Type.Optional(Type.Literal('lock')),
    target: LockTargetBody,
    message: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: '^[^\\u0000-\\u001f\\u007f]+$',
      description: '1 to 500 characters, shown to whom it hits',
    }),
    expires_at: Type.Optional(Time),
  },
  { ...closed, title: 'LockBody' },
)
export type LockBody = Static<typeof LockBody>

export const LockView = Type.Object(
  {
    id: idOf('lck'),
    target: LockTargetBody,
    message: Type.String(),
    expires_at: Type.Optional(Time),
    created_by: Type.String(),
    created_at: Time,
  },
  { title: 'Lock' },
)
export type LockView = Static<typeof LockView>
