import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'

/** A real issuer on loopback: discovery, keys that can be rotated, tokens that can be wrong in every way. */
export interface Issuer {
  readonly url: string
  /** Requests for the key document so far. */
  fetches(): number
  /** A new signing key; the old one is published no more. */
  rotate(): Promise<void>
  token(claims?: JWTPayload & { readonly sub?: string }, options?: TokenOptions): Promise<string>
  /** Answers the key document instead of the keys. */
  answer: ((path: string) => { status: number; body: string } | undefined) | undefined
  close(): Promise<void>
}

export interface TokenOptions {
  readonly audience?: string | string[]
  readonly issuer?: string
  /** Seconds from now. */
  readonly expiresIn?: number
  readonly notBefore?: number
  readonly kid?: string
}

interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export async function startIssuer(): Promise<Issuer> {
  let key = await newKey(1)
  let generation = 1
  let fetches = 0
  const server: Server = createServer((request, reply) => {
    const path = request.url ?? '/'
    if (path === '/jwks') fetches++
    const answer = issuer.answer?.(path) ?? documents(issuer.url, key)[path]
    reply.writeHead(answer?.status ?? 404, { 'content-type': 'application/json' }).end(answer?.body ?? '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer: Issuer = {
    url,
    answer: undefined,
    fetches: () => fetches,
    rotate: async () => {
      key = await newKey(++generation)
    },
    token: (claims = {}, options = {}) => sign(url, key, claims, options),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return issuer
}

function documents(url: string, { jwk }: SigningKey): Readonly<Record<string, { status: number; body: string }>> {
  return {
    '/.well-known/openid-configuration': { status: 200, body: JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }) },
    '/jwks': { status: 200, body: JSON.stringify({ keys: [jwk] }) },
  }
}

async function newKey(generation: number): Promise<SigningKey> {
  const kid = `key-${generation}`
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
}

function sign(url: string, { kid, privateKey }: SigningKey, claims: JWTPayload, options: TokenOptions): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const jwt = new SignJWT({ kind: 'human', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: options.kid ?? kid })
    .setIssuer(options.issuer ?? url)
    .setAudience(options.audience ?? 'sallyport-api')
    .setSubject(claims.sub ?? 'somebody')
    .setIssuedAt(now - 7_200)
    .setExpirationTime(now + (options.expiresIn ?? 3_600))
  return (options.notBefore === undefined ? jwt : jwt.setNotBefore(now + options.notBefore)).sign(privateKey)
}
