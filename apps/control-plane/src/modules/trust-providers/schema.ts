import { Type, type Static } from '@sinclair/typebox'
import { described, DocumentName, idOf, nullable, Time } from '../../http/fields.js'

const mapping = (what: string) => Type.String({ minLength: 1, maxLength: 2000, description: `Claim or CEL over claims for ${what}` })
const url = Type.String({ minLength: 1, maxLength: 500 })
const audiences = Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { minItems: 1, maxItems: 20, uniqueItems: true })
const scopes = Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { minItems: 1, maxItems: 20 })
const clientId = Type.String({ minLength: 1, maxLength: 300 })

const shared = {
  issuer: described(url, { description: '`iss` of its tokens, compared character by character' }),
  jwks_uri: Type.Optional(described(url, { description: 'Absent: found by discovery below the issuer' })),
  groups: Type.Optional(mapping('the groups')),
  owner: Type.Optional(mapping('who answers for a non-human principal')),
  person: Type.Optional(mapping('what makes two principals the same human')),
}

export const TrustProviderBody = Type.Object(
  {
    ...shared,
    kind: Type.Optional(mapping('the kind of principal: human, service or agent. `trust-provider` says only what the document is')),
    principal_kind: Type.Optional(mapping('the kind of principal, where `kind` says what the document is')),
    name: Type.Optional(DocumentName),
    audiences: Type.Optional(described(audiences, { description: 'Audiences of the data path' })),
    api_audiences: Type.Optional(described(audiences, { description: 'Audiences of REST; never one of the data path' })),
    subject: Type.Optional(mapping('the subject; `sub` unless said')),
    primary: Type.Optional(Type.Boolean({ description: 'Bare names in allow, hold, role and approver documents mean its principals' })),
    sign_in: Type.Optional(
      Type.Object(
        {
          client_id: clientId,
          client_secret: Type.Optional(described(nullable(Type.String({ minLength: 1, maxLength: 1000 })), { description: 'Write-only' })),
          scopes: Type.Optional(scopes),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false, title: 'TrustProviderBody' },
)
export type TrustProviderBody = Static<typeof TrustProviderBody>

export const TrustProviderView = Type.Object(
  {
    id: idOf('tpr'),
    ...shared,
    name: DocumentName,
    kind: Type.Optional(mapping('the kind of principal')),
    audiences,
    api_audiences: audiences,
    subject: mapping('the subject'),
    primary: Type.Boolean(),
    sign_in: Type.Optional(Type.Object({ client_id: clientId, scopes, client_secret_set: Type.Boolean() })),
    keys: Type.Object(
      {
        count: Type.Integer(),
        fetched_at: nullable(Time),
        error: nullable(Type.String()),
      },
      { description: 'The published keys as last fetched, and why the last attempt failed' },
    ),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'TrustProvider' },
)
export type TrustProviderView = Static<typeof TrustProviderView>
