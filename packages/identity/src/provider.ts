import { providerNamePattern } from '@sallyport/core'
import { type Mapping, parseMapping } from './mapping.js'

/**
 * A trust provider as its document says, validated. Issuer and audiences decide who may vouch for whom; nothing a token
 * says about itself does. Made only by `parseTrustProvider`. It holds no secret: `sign_in.client_secret` is checked and
 * left out, whoever stores it takes it from the document.
 */
export interface TrustProvider {
  readonly name: string
  readonly issuer: string
  /** Where the control plane fetches keys; absent: discovery below `issuer`. Nobody else fetches. */
  readonly jwksUri?: string
  /** Data-path audiences: a token with one of these never opens REST. */
  readonly audiences: readonly string[]
  readonly apiAudiences: readonly string[]
  readonly subject: Mapping
  readonly groups?: Mapping
  /** Absent: everybody is a `service`. */
  readonly kind?: Mapping
  readonly owner?: Mapping
  readonly person?: Mapping
  /** Bare names in allow, hold, role and approver documents mean this provider's principals. */
  readonly primary: boolean
  readonly signIn?: { readonly clientId: string; readonly scopes: readonly string[] }
}

export interface ProviderProblem {
  /** JSON pointer into the document; empty for the document itself. */
  readonly path: string
  readonly message: string
}

export type ParsedProvider =
  | { readonly ok: true; readonly provider: TrustProvider }
  | { readonly ok: false; readonly problems: readonly ProviderProblem[] }

export interface ProviderDefaults {
  /** Data-path audience where the document names none. */
  readonly audience: string
  readonly apiAudience: string
}

type Document = Readonly<Record<string, unknown>>
type Report = (path: string, message: string) => undefined

const keys = new Set([
  'kind',
  'name',
  'issuer',
  'jwks_uri',
  'audiences',
  'api_audiences',
  'subject',
  'groups',
  'principal_kind',
  'owner',
  'person',
  'primary',
  'sign_in',
])

/**
 * Checks the body of a trust provider and answers every problem at once. In a file `kind: trust-provider` says what the
 * document is; there the mapping of the principal's kind is called `principal_kind`.
 */
export function parseTrustProvider(
  document: unknown,
  { audience, apiAudience }: ProviderDefaults = { audience: 'sallyport', apiAudience: 'sallyport-api' },
): ParsedProvider {
  const problems: ProviderProblem[] = []
  const report: Report = (path, message) => void problems.push({ path, message })
  if (!isObject(document)) return { ok: false, problems: [{ path: '', message: 'must be an object' }] }
  unknownKeys(document, { known: keys, path: '' }, report)
  const body = { ...document, ...(document['kind'] === 'trust-provider' && { kind: undefined }) }
  if (body.kind !== undefined && document['principal_kind'] !== undefined) report('/principal_kind', 'says what kind says already')
  const audiences = strings(body, 'audiences', report) ?? [audience]
  const apiAudiences = strings(body, 'api_audiences', report) ?? [apiAudience]
  for (const shared of apiAudiences.filter((a) => audiences.includes(a)))
    report('/api_audiences', `${shared} is a data-path audience too; the two doors never share one`)
  const jwksUri = document['jwks_uri'] === undefined ? undefined : url(body, 'jwks_uri', report)
  const signIn = parseSignIn(document['sign_in'], report)
  const primary = document['primary']
  if (primary !== undefined && typeof primary !== 'boolean') report('/primary', 'must be true or false')
  const parts = { subject: mapping({ subject: 'sub', ...body }, 'subject', report), ...optionalMappings(body, report) }
  const name = providerName(document['name'], report)
  const issuer = url(body, 'issuer', report)
  if (problems.length > 0 || name === undefined || issuer === undefined || !parts.subject) return { ok: false, problems }
  const { subject, ...others } = parts
  return {
    ok: true,
    provider: {
      name,
      issuer,
      audiences,
      apiAudiences,
      subject,
      ...others,
      primary: primary === true,
      ...(jwksUri && { jwksUri }),
      ...(signIn && { signIn }),
    },
  }
}

/** Whether a provider can only be reached from this machine: such a one must not vouch as soon as any listener is open to others. */
export function isLoopbackIssuer({ issuer }: Pick<TrustProvider, 'issuer'>): boolean {
  return isLoopback(new URL(issuer).hostname)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.endsWith('.localhost') || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

function optionalMappings(body: Document, report: Report): Partial<Record<'groups' | 'kind' | 'owner' | 'person', Mapping>> {
  const out: Partial<Record<'groups' | 'kind' | 'owner' | 'person', Mapping>> = {}
  for (const part of ['groups', 'kind', 'owner', 'person'] as const) {
    const key = part === 'kind' && body['kind'] === undefined ? 'principal_kind' : part
    if (body[key] === undefined) continue
    const found = mapping(body, key, report)
    if (found) out[part] = found
  }
  return out
}

function mapping(body: Document, key: string, report: Report): Mapping | undefined {
  const text = body[key]
  if (typeof text !== 'string') return report(`/${key}`, 'must be the name of a claim or CEL over claims')
  const parsed = parseMapping(text)
  return 'problem' in parsed ? report(`/${key}`, parsed.problem) : parsed
}

function providerName(name: unknown, report: Report): string | undefined {
  if (typeof name === 'string' && providerNamePattern.test(name)) return name
  return report('/name', 'must be lower-case letters, digits and -, at most 63, a letter or digit first')
}

/** Kept as written: an issuer is compared character by character. */
function url(body: Document, key: string, report: Report): string | undefined {
  const text = body[key]
  if (typeof text !== 'string' || text.length > 500 || !URL.canParse(text)) return report(`/${key}`, 'must be a URL')
  const { protocol, hostname, username, password, hash, search } = new URL(text)
  if (username || password || hash || search) return report(`/${key}`, 'must have no user, query or fragment')
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return text
  return report(`/${key}`, 'must be https, or http on loopback')
}

function strings(body: Document, key: string, report: Report, path = `/${key}`): readonly string[] | undefined {
  const list = body[key]
  if (list === undefined) return undefined
  if (!Array.isArray(list) || list.length === 0 || list.length > 20) return report(path, 'must be a list of 1 to 20 texts')
  const texts = list.filter((item): item is string => typeof item === 'string' && item.length > 0 && item.length <= 300)
  if (texts.length < list.length) return report(path, 'must hold texts of 1 to 300 characters')
  return new Set(texts).size < texts.length ? report(path, 'repeats an entry') : texts
}

function parseSignIn(value: unknown, report: Report): TrustProvider['signIn'] {
  if (value === undefined) return undefined
  if (!isObject(value)) return report('/sign_in', 'must be an object')
  unknownKeys(value, { known: new Set(['client_id', 'client_secret', 'scopes']), path: '/sign_in' }, report)
  const { client_id: clientId, client_secret: secret } = value
  if (secret !== undefined && (typeof secret !== 'string' || secret.length > 1000)) report('/sign_in/client_secret', 'must be a text')
  const scopes = strings(value, 'scopes', report, '/sign_in/scopes') ?? ['openid']
  if (typeof clientId !== 'string' || clientId.length === 0 || clientId.length > 300) return report('/sign_in/client_id', 'must be a text')
  return { clientId, scopes }
}

function unknownKeys(
  object: Document,
  { known, path }: { readonly known: ReadonlySet<string>; readonly path: string },
  report: Report,
): void {
  for (const key of Object.keys(object)) {
    if (!known.has(key)) report(`${path}/${key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`, 'is not a known key')
  }
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
