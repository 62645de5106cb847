import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { rest, shared } from '../world.js'

/** What the tests of limits register, and the database behind it, which they may change past the gateway. */
export interface Shop {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly sslmode: 'disable'
}

const secret = (name: string): string => readFileSync(join(shared().home, 'keys', name), 'utf8').trim()

export function databasePort(): number {
  return (JSON.parse(readFileSync(join(shared().home, 'ports.json'), 'utf8')) as { readonly database: number }).database
}

/** The demo's database as its resource names it. */
export function shop(port = databasePort()): Shop {
  return { host: '127.0.0.1', port, database: 'shop', user: 'shop_gateway', password: secret('shop-database'), sslmode: 'disable' }
}

/** A server of our own, as its superuser. */
export function targetOf(url: string): Shop {
  const { hostname, port, username, password } = new URL(url)
  const account = { user: decodeURIComponent(username), password: decodeURIComponent(password) }
  return { host: hostname, port: Number(port), database: 'postgres', ...account, sslmode: 'disable' }
}

/** As superuser, past the gateway. */
export async function direct(database: 'shop' | 'sallyport'): Promise<Client> {
  const client = new Client({ host: '127.0.0.1', port: databasePort(), database, user: 'postgres', password: secret('postgres') })
  await client.connect()
  return client
}

export interface Registration {
  readonly name: string
  readonly target: object
  readonly selector: Readonly<Record<string, string>>
  /** Of the one policy on it, for AI agents; effects that its one rule allows. */
  readonly allowed?: readonly string[]
}

/** A resource, and the one policy that opens it. Answers how to take both away. */
export async function register({
  name,
  target,
  selector,
  allowed = ['read', 'session_ok', 'tx'],
}: Registration): Promise<() => Promise<void>> {
  const policy = {
    kind: 'policy',
    name,
    subjects: { groups: ['ai-agents'] },
    resources: { names: [name] },
    record: 'strict',
    rules: [{ id: 'open', match: { effects: { only: allowed } }, action: 'allow' }],
  }
  await put(`/v1/resources/${name}`, { kind: 'resource', name, protocol: 'postgres', target, agent_selector: selector })
  await put(`/v1/policies/${name}`, policy)
  return async () => {
    await rest('root', 'DELETE', `/v1/policies/${name}`)
    await rest('root', 'DELETE', `/v1/resources/${name}`)
  }
}

/** Writes a document over REST; throws what the control plane has against it. */
export async function put(path: string, body: object): Promise<void> {
  const { status, body: answer } = await rest('root', 'PUT', path, body)
  if (status >= 300) throw new Error(`${path} was refused: ${JSON.stringify(answer)}`)
}
