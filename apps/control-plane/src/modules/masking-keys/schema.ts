import { Type, type Static } from '@sinclair/typebox'
import { idOf, Time } from '../../http/fields.js'

export const MaskingKeyView = Type.Object(
  {
    id: idOf('hky'),
    epoch: Type.Integer({ description: 'Tokens made by this key begin with tok_<epoch>_' }),
    newest: Type.Boolean({ description: 'New tokens are made by this one' }),
    created_by: Type.String({ description: 'provider/subject, or system' }),
    created_at: Time,
  },
  { title: 'MaskingKey', description: 'A key of hashed values, without the key' },
)
export type MaskingKeyView = Static<typeof MaskingKeyView>
