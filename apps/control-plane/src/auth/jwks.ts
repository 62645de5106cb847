import { lookup } from 'node:dns/promises'
import type { JWK } from 'jose'
import { isLoopback } from '../http/loopback.js'

/**
 * Fetches the published keys of a trust provider: the only place in the product that does. Answers public keys alone; a
 * caller must not pass an error's text of the provider on to anybody. HTTPS only, but for a loopback issuer on a machine
 * whose every listener is on loopback.
 */
export interface KeyFetchOptions {
  readonly issuer: string
  /** Absent: found by discovery (OpenID Connect Discovery 1.0, section 4) below the issuer. */
  readonly jwksUri?: string | undefined
  /** Some listener is off loopback, so a loopback issuer is anybody on this machine. */
  readonly exposed: boolean
  /** Milliseconds for each of the at most two requests; 5,000 by default. */
  readonly timeout?: number
}

/** Its message is ours and names no content of the answer. */
export class KeyFetchError extends Error {
  override readonly name = 'KeyFetchError'
}

const maxBytes = 256 * 1024
const maxKeys = 100
const keyTypes: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP'])
/** RFC 7517 and 7518: what only the holder of a private key has. */
const privateFields = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

export async function fetchKeys(options: KeyFetchOptions): Promise<readonly JWK[]> {
  const address = options.jwksUri ?? (await discover(options))
  const document = await fetchJson(await checkUrl(address, options), options)
  const keys = (document as { keys?: unknown }).keys
  if (!Array.isArray(keys)) throw new KeyFetchError('the key document has no list of keys')
  if (keys.length > maxKeys) throw new KeyFetchError(`the key document lists more than ${maxKeys} keys`)
  const usable = keys.filter(isPublicKey)
  if (usable.length === 0) throw new KeyFetchError('the key document lists no public key that can verify a signature')
  return usable
}

async function discover(options: KeyFetchOptions): Promise<string> {
  const base = options.issuer.replace(/\/$/, '')
  const url = await checkUrl(`${base}/.well-known/openid-configuration`, options)
  const document = (await fetchJson(url, options)) as { issuer?: unknown; jwks_uri?: unknown }
  if (document.issuer !== options.issuer) throw new KeyFetchError('the discovery document names another issuer')
  if (typeof document.jwks_uri !== 'string') throw new KeyFetchError('the discovery document names no jwks_uri')
  return document.jwks_uri
}

/** Throws unless keys may be fetched from there; also says so for an issuer before it is saved. */
export async function checkUrl(text: string, { exposed }: Pick<KeyFetchOptions, 'exposed'>): Promise<URL> {
  if (!URL.canParse(text)) throw new KeyFetchError('the address is not a URL')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw new KeyFetchError('the address holds credentials')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new KeyFetchError('keys are fetched over https only')
  const loopback = await reachesLoopback(url.hostname)
  if (loopback && exposed) throw new KeyFetchError('the provider is on loopback, and a listener of this installation is not')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) throw new KeyFetchError('keys are fetched over https only')
  return url
}

async function reachesLoopback(hostname: string): Promise<boolean> {
  if (isLoopback(hostname)) return true
  const addresses = await lookup(hostname.replace(/^\[(.*)\]$/, '$1'), { all: true }).catch(() => [])
  return addresses.some(({ address }) => isLoopback(address))
}

async function fetchJson(url: URL, { timeout = 5_000 }: KeyFetchOptions): Promise<unknown> {
  const signal = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' }, credentials: 'omit' })
    if (!response.ok) throw new KeyFetchError(`the provider answered ${response.status}`)
    return JSON.parse(await readCapped(response)) as unknown
  } catch (error) {
    if (error instanceof KeyFetchError) throw error
    throw new KeyFetchError(
      signal.aborted ? `the provider did not answer within ${timeout} ms` : 'the provider could not be reached or did not answer JSON',
    )
  }
}

async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new KeyFetchError(`the document is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A symmetric key or a private one in a published document is a mistake that must not become a way in. */
function isPublicKey(value: unknown): value is JWK {
  if (typeof value !== 'object' || value === null) return false
  const key = value as Readonly<Record<string, unknown>>
  const usage = key['use'] === undefined || key['use'] === 'sig'
  return keyTypes.has(key['kty']) && usage && !privateFields.some((field) => field in key)
}
