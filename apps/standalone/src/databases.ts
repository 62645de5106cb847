/**
 * Who may reach what in the embedded PostgreSQL: the control plane's role its own database, the gateway's role the shop
 * and nothing else. Run at every start; it repairs what was changed by hand.
 */
import { Client } from 'pg'

export interface Account {
  readonly name: string
  readonly password: string
}

/** `url` is the superuser's. The control plane owns its database and cannot be reached by anybody else. */
export async function ensureControlPlaneDatabase(url: string, account: Account): Promise<string> {
  return withClient(url, async (client) => {
    await ensureLogin(client, account)
    await ensureDatabase(client, { name: 'sallyport', owner: account.name })
    await closeToOthers(client)
    return urlFor(url, 'sallyport', account)
  })
}

/** An empty `shop`, owned by a role that nobody logs in as; `account` may connect to it and owns nothing. */
export async function ensureShopDatabase(url: string, account: Account): Promise<string> {
  return withClient(url, async (client) => {
    await ensureRole(client, shopOwner, 'NOLOGIN')
    await ensureLogin(client, account)
    await ensureDatabase(client, { name: 'shop', owner: shopOwner })
    await closeToOthers(client)
    await client.query(`GRANT CONNECT ON DATABASE shop TO ${client.escapeIdentifier(account.name)}`)
    return urlFor(url, 'shop')
  })
}

export const shopOwner = 'shop_owner'

async function ensureLogin(client: Client, { name, password }: Account): Promise<void> {
  await ensureRole(client, name, 'LOGIN')
  await client.query(`ALTER ROLE ${client.escapeIdentifier(name)} PASSWORD ${client.escapeLiteral(password)}`)
}

async function ensureRole(client: Client, name: string, login: 'LOGIN' | 'NOLOGIN'): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name])
  const attributes = `${login} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`
  await client.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${client.escapeIdentifier(name)} ${attributes}`)
}

async function ensureDatabase(client: Client, { name, owner }: { name: string; owner: string }): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
  if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${client.escapeIdentifier(owner)}`)
}

/** PostgreSQL lets everybody connect to every database unless told otherwise. */
async function closeToOthers(client: Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database')
  for (const { datname } of rows)
    await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${client.escapeIdentifier(datname)} FROM PUBLIC`)
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'sallyport standalone' })
  // A server that dies is told by the query that fails; without a listener it would also end this process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

export function urlFor(url: string, database: string, account?: Account): string {
  const made = new URL(url)
  made.pathname = `/${database}`
  if (account !== undefined) {
    made.username = encodeURIComponent(account.name)
    made.password = encodeURIComponent(account.password)
  }
  return made.href
}
