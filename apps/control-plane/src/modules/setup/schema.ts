import { Type, type Static } from '@sinclair/typebox'
import { DocumentName, ForeignName } from '../../http/fields.js'
import { TrustProviderBody } from '../trust-providers/index.js'

const closed = { additionalProperties: false }

export const SetupBody = Type.Object(
  {
    claim: Type.String({ minLength: 1, maxLength: 200, description: 'As the last start of the control plane printed it' }),
    trust_provider: TrustProviderBody,
    admin: Type.Union([Type.Object({ group: ForeignName }, closed), Type.Object({ subject: ForeignName }, closed), ForeignName], {
      description: 'Who administers from now on: { group } or { subject } of that provider; a bare text is a subject',
    }),
  },
  { ...closed, title: 'SetupBody' },
)
export type SetupBody = Static<typeof SetupBody>

export const SetupView = Type.Object({ trust_provider: DocumentName, role: DocumentName }, { title: 'Setup' })
export type SetupView = Static<typeof SetupView>
