/** Tokens of the demo's own issuer, for whoever may read its secret in the home. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Audience } from './audience.js'
import { Failure } from './failure.js'

export interface Minting {
  readonly issuer: string
  readonly home: string
  readonly name: string
  readonly audience: Audience
}

const timeout = 10_000

export async function mint({ issuer, home, name, audience }: Minting): Promise<string> {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${encodeURIComponent(name)}:${readSecret(home)}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: `urn:sallyport:${audience}` }),
    signal: AbortSignal.timeout(timeout),
  }).catch(() => {
    throw new Failure(`the demo's issuer does not answer at ${issuer}`)
  })
  const body: unknown = await answer.json().catch(() => undefined)
  if (typeof body === 'object' && body !== null && 'access_token' in body && typeof body.access_token === 'string') return body.access_token
  throw new Failure(`the demo's issuer knows nobody called ${name}`)
}

function readSecret(home: string): string {
  const path = join(home, 'demo', 'secret')
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    throw new Failure(`minting needs the secret in ${path}, which cannot be read`)
  }
}
