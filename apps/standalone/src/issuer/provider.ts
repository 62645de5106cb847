/**
 * A real OpenID provider for the demo: client credentials for whoever knows the minting secret, authorization code with
 * PKCE for a browser. Tokens are ES256, for one audience, an hour long and under 900 bytes.
 */
import { type Configuration, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { type Person, people } from '../demo/people.js'
import type { IssuerSettings, IssuerState } from './settings.js'

/** Resource indicators (RFC 8707) by which a token for one of the two audiences is asked for. */
const indicators = { data: 'urn:sallyport:data', api: 'urn:sallyport:api' } as const

const hour = 3_600
const byName: ReadonlyMap<string, Person> = new Map(people.map((person) => [person.name, person]))

export function makeProvider(settings: IssuerSettings, state: IssuerState): Provider {
  return new Provider(state.issuer, {
    clients: clients(settings, state),
    jwks: { keys: [state.key] },
    cookies: { keys: [state.cookieKey], long: { signed: true, sameSite: 'lax' }, short: { signed: true, sameSite: 'lax' } },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    scopes: ['openid', 'groups'],
    claims: { openid: ['sub', 'name', 'groups', 'kind'] },
    conformIdTokenClaims: false,
    features: features(settings),
    extraTokenClaims: (_ctx, token) => claimsOf(token.kind === 'ClientCredentials' ? token.clientId : token.accountId),
    findAccount: (_ctx, sub) => (byName.has(sub) ? { accountId: sub, claims: () => ({ sub, name: sub, ...claimsOf(sub) }) } : undefined),
    loadExistingGrant: grantEverything,
    pkce: { required: () => true },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}`, policy: oneClick() },
    ttl: {
      AccessToken: hour,
      ClientCredentials: hour,
      IdToken: hour,
      AuthorizationCode: 60,
      Interaction: 600,
      Session: 12 * hour,
      Grant: 12 * hour,
    },
  })
}

function clients(settings: IssuerSettings, state: IssuerState): NonNullable<Configuration['clients']> {
  return [
    ...people.map(({ name }) => ({
      client_id: name,
      client_secret: settings.secret,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    })),
    {
      client_id: 'sallyport-console',
      client_secret: state.consoleSecret,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      redirect_uris: [...settings.redirects],
    },
    {
      // RFC 8252: a native application listens on any loopback port.
      client_id: 'sallyport-cli',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback'],
    },
  ]
}

function features({ audiences }: IssuerSettings): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    resourceIndicators: {
      enabled: true,
      // A browser signs in to the console; everything else means the data path unless it says otherwise.
      defaultResource: (_ctx, client) =>
        client?.clientId === 'sallyport-console' || client?.clientId === 'sallyport-cli' ? indicators.api : indicators.data,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, indicator) => ({
        scope: '',
        audience: indicator === indicators.api ? audiences.api : audiences.data,
        accessTokenFormat: 'jwt',
        accessTokenTTL: hour,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  }
}

function claimsOf(name: string | undefined): { groups: string[]; kind: string } | undefined {
  const person = name === undefined ? undefined : byName.get(name)
  return person && { groups: [...person.groups], kind: person.kind }
}

/** No second page for native applications: the click itself, in a browser that opened our link, is the consent. */
function oneClick(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  policy.get('consent')?.checks.remove('native_client_prompt')
  return policy
}

/** The only applications are ours: nobody is asked whether they may know the name. */
async function grantEverything(ctx: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { session, client, provider } = ctx.oidc
  if (session?.accountId === undefined || client === undefined) return undefined
  const known = session.grantIdFor(client.clientId)
  const found = known === undefined ? undefined : await provider.Grant.find(known)
  const grant = found ?? new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid groups')
  grant.addResourceScope(indicators.api, '')
  await grant.save()
  return grant
}
