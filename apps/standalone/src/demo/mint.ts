/** Asks the demo's issuer for a token, as `sallyport token --as NAME` does. */
import { readFile } from 'node:fs/promises'

export interface Minting {
  readonly issuer: string
  /** `demo/secret` of the home. */
  readonly secretFile: string
}

export async function mintApiToken({ issuer, secretFile }: Minting, name: string): Promise<string> {
  const secret = (await readFile(secretFile, 'utf8')).trim()
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${encodeURIComponent(name)}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'urn:sallyport:api' }),
    signal: AbortSignal.timeout(10_000),
  })
  const body: unknown = await answer.json()
  if (typeof body === 'object' && body !== null && 'access_token' in body && typeof body.access_token === 'string') return body.access_token
  throw new Error(`the demo's issuer minted no token (${answer.status})`)
}
