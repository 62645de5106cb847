/** The documents of `deploy/demo`, the very files that `sallyport policies apply` takes, with this home's addresses filled in. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

export type Kind = 'trust-provider' | 'role' | 'resource' | 'policy'

export interface Document {
  readonly kind: Kind
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
  /** SHA-256 in hex over the body: another one means that what we ship, or an address, has changed. */
  readonly hash: string
}

export interface Addresses {
  /** `iss` of the tokens, and where the keys are now. */
  readonly issuer: string
  readonly jwks: string
  readonly audience: string
  readonly apiAudience: string
  readonly shop: { readonly port: number; readonly user: string; readonly password: string }
}

const folder = fileURLToPath(new URL('../../../../deploy/demo', import.meta.url))

/** In the order in which they can be applied: who vouches, what there is, who may. */
export const order: readonly Kind[] = ['trust-provider', 'role', 'resource', 'policy']

export async function readDocuments(addresses: Addresses): Promise<readonly Document[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted()
  const raw = (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).flatMap((text, i) =>
    parse(text, files[i] ?? ''),
  )
  const made = raw.map((document) => toDocument(fillIn(document, addresses)))
  return made.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1))
}

type Raw = Readonly<Record<string, unknown>>

function parse(text: string, file: string): readonly Raw[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors
    if (error !== undefined) throw new Error(`${file}: ${error.message}`)
    return document.toJS({ maxAliasCount: 0 }) as Raw
  })
}

function fillIn(raw: Raw, { issuer, jwks, audience, apiAudience, shop }: Addresses): Raw {
  if (raw['kind'] === 'trust-provider') return { ...raw, issuer, jwks_uri: jwks, audiences: [audience], api_audiences: [apiAudience] }
  if (raw['kind'] !== 'resource' || raw['name'] !== 'shop') return raw
  return { ...raw, target: { ...(raw['target'] as Raw), port: shop.port, user: shop.user, password: shop.password } }
}

function toDocument(body: Raw): Document {
  const { kind, name } = body
  if (!order.includes(kind as Kind) || typeof name !== 'string')
    throw new Error(`a document of the demo has no kind or name: ${JSON.stringify(body)}`)
  return { kind: kind as Kind, name, body, hash: createHash('sha256').update(JSON.stringify(body)).digest('hex') }
}
