/**
 * Registers the demo world through REST, as an administrator would, and remembers what it registered. A document is
 * sent again only when what we ship or an address has changed, or when it is gone: what somebody edited stays edited.
 */
import { rm } from 'node:fs/promises'
import { readText, writePrivate } from '@sallyport/host'
import { readRecord } from '../files.js'
import { type Door, restAt, type Rest } from '../rest.js'
import { type Document, type Kind, order } from './documents.js'

export interface World {
  /** REST of the control plane. */
  readonly door: Door
  /** Path of the claim that the control plane leaves while it has no administrator. */
  readonly claimFile: string
  /** `demo/applied.json` of the home. */
  readonly appliedFile: string
  /** A REST token of `root`. */
  readonly mint: () => Promise<string>
}

const collections: Readonly<Record<Kind, string>> = {
  'trust-provider': '/v1/trust-providers',
  role: '/v1/roles',
  resource: '/v1/resources',
  policy: '/v1/policies',
}

type Applied = Readonly<Record<string, unknown>>

const keyOf = ({ kind, name }: Pick<Document, 'kind' | 'name'>) => `${kind}/${name}`
const pathOf = ({ kind, name }: Pick<Document, 'kind' | 'name'>) => `${collections[kind]}/${encodeURIComponent(name)}`

export async function registerDemo(world: World, documents: readonly Document[]): Promise<void> {
  await claim(world, documents)
  const rest = restAt(world.door, await world.mint())
  let applied: Applied = await readRecord(world.appliedFile)
  const gone = Object.keys(applied).filter((key) => !documents.some((document) => keyOf(document) === key))
  for (const document of documents) {
    const unchanged = applied[keyOf(document)] === document.hash
    if (unchanged && (await rest.call('GET', pathOf(document))).status === 200) continue
    await put(rest, document)
    // After each: a start that is cut short must know what to remove.
    applied = { ...applied, [keyOf(document)]: document.hash }
    await writePrivate(world.appliedFile, JSON.stringify(applied))
  }
  await removeKeys(rest, world, gone)
}

async function put(rest: Rest, document: Document): Promise<void> {
  const { status, body } = await rest.call('PUT', pathOf(document), document.body)
  if (status === 401 || status === 403)
    throw new Error('somebody else administers this home: start it with SALLYPORT_DEMO=0, or choose another SALLYPORT_HOME for the demo')
  if (status > 299) throw new Error(`the demo's ${keyOf(document)} was refused (${status}): ${JSON.stringify(body)}`)
}

/** The first administrator: whoever is in the demo's group `admins`. Nothing to do once there is one. */
async function claim(world: World, documents: readonly Document[]): Promise<void> {
  const text = (await readText(world.claimFile))?.trim()
  const provider = documents.find(({ kind }) => kind === 'trust-provider')
  if (!text || provider === undefined) return
  const answer = await restAt(world.door).call('POST', '/v1/setup', {
    claim: text,
    trust_provider: provider.body,
    admin: { group: 'admins' },
  })
  await rm(world.claimFile, { force: true })
  if (answer.status > 299 && answer.status !== 409)
    throw new Error(`the first administrator's claim was refused: ${JSON.stringify(answer.body)}`)
}

/** Whether an earlier start registered anything. */
export async function wasRegistered(appliedFile: string): Promise<boolean> {
  return Object.keys(await readRecord(appliedFile)).length > 0
}

/** Takes back everything that was registered, who vouches for the caller last. */
export async function removeDemo(world: World, say: (line: string) => void): Promise<void> {
  const rest = restAt(world.door, await world.mint())
  const me = await rest.call('GET', '/v1/me')
  if (me.status === 401) {
    say('the demo was registered here, but nobody vouches for it any more: what is left of it is for your administrator to remove')
    return writePrivate(world.appliedFile, '{}')
  }
  await removeKeys(rest, world, Object.keys(await readRecord(world.appliedFile)))
}

async function removeKeys(rest: Rest, world: World, keys: readonly string[]): Promise<void> {
  const parsed = keys.map((key) => ({ kind: key.slice(0, key.indexOf('/')) as Kind, name: key.slice(key.indexOf('/') + 1) }))
  // Who vouches goes last, and takes the administrators' own role along.
  for (const document of parsed.toSorted((a, b) => order.indexOf(b.kind) - order.indexOf(a.kind))) {
    const { status, body } = await rest.call('DELETE', pathOf(document))
    if (status > 299 && status !== 404) throw new Error(`removing ${keyOf(document)} answered ${status}: ${JSON.stringify(body)}`)
    const { [keyOf(document)]: _, ...left } = await readRecord(world.appliedFile)
    await writePrivate(world.appliedFile, JSON.stringify(left))
  }
}
