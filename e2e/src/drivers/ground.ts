import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { rest, root, run, shared, tokenOf } from '../world.js'

/**
 * Where drivers may do everything: a database of its own in the standalone's PostgreSQL, reached directly and, as the
 * same role, through the gateway. Whoever compares the two must leave the rows as they were.
 */
export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly tls: boolean
}

export interface Ground {
  readonly direct: Address
  readonly gateway: Address
}

const name = 'drivers'
const role = { user: 'drivers_gateway', password: 'drivers only' }
const who = 'report-bot'

const effects = (
  'read write insert update delete merge truncate ddl tx tx_read_write session_ok cursor prepare explain indirect bulk_export ' +
  'bulk_import notify delay lock lock_rows write_sequence name_resolution unsafe_setting introspect_settings introspect_values admin'
).split(' ')

const policy = {
  kind: 'policy',
  name: 'all-on-drivers',
  subjects: { groups: ['reporting'] },
  resources: { names: [name] },
  rules: [
    {
      id: 'everything',
      match: {
        effects: {
          only: effects,
        },
      },
      action: 'allow',
    },
  ],
}

/** Two rows to read; whatever a scenario writes it rolls back or deletes. */
const schema = `
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
  CREATE TABLE items (
    id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price numeric(12, 2) CHECK (price > 0),
    parent integer REFERENCES items (id),
    mood mood NOT NULL DEFAULT 'ok'
  );
  COMMENT ON TABLE items IS 'what is for sale';
  INSERT INTO items VALUES (1, 'chair', 49.90, NULL, 'happy'), (2, 'leg', 5, 1, 'ok');
  GRANT SELECT, INSERT, UPDATE, DELETE ON items TO ${role.user};
  GRANT USAGE, CREATE ON SCHEMA public TO ${role.user};
`

/** Port and role of the database that the demo's own resource names. */
export async function shopDirect(): Promise<Address> {
  const { home } = shared()
  const { body } = await rest('root', 'GET', '/v1/resources/shop')
  const { host, port, database, user } = body['target'] as { host: string; port: number; database: string; user: string }
  return { host, port, database, user, password: readFileSync(join(home, 'keys', 'shop-database'), 'utf8').trim(), tls: false }
}

export async function gatewayTo(resource: string, as: string): Promise<Address> {
  const { ready, home } = shared()
  return { host: 'localhost', port: ready.postgres.port, database: resource, user: as, password: await tokenOf(as, home), tls: true }
}

/** Makes the database, the resource and the policy unless an earlier file has. */
export async function openGround(): Promise<Ground> {
  const { host, port } = await shopDirect()
  const direct: Address = { host, port, database: name, ...role, tls: false }
  if (await createDatabase(direct)) await register(direct)
  return { direct, gateway: await gatewayTo(name, who) }
}

/** Whether it was not there. */
async function createDatabase(direct: Address): Promise<boolean> {
  const password = readFileSync(join(shared().home, 'keys', 'postgres'), 'utf8').trim()
  const superuser = { ...direct, user: 'postgres', password, database: 'postgres' }
  const made = await withClient(superuser, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount !== 0) return false
    await client.query(`CREATE ROLE ${role.user} LOGIN PASSWORD '${role.password}'`)
    await client.query(`CREATE DATABASE ${name}`)
    await client.query(`GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${name} TO ${role.user}`)
    return true
  })
  if (made) await withClient({ ...superuser, database: name }, (client) => client.query(schema))
  return made
}

async function register(direct: Address): Promise<void> {
  const { host, port, database, user, password } = direct
  const resource = { kind: 'resource', name, protocol: 'postgres', target: { host, port, database, user, password, sslmode: 'disable' } }
  // Returns when the agent enforces both.
  const documents = [resource, policy].map((document) => JSON.stringify(document)).join('\n---\n')
  const applied = await run(join(root, 'sallyport'), ['policies', 'apply', '-f', '-'], { SALLYPORT_HOME: shared().home }, documents)
  if (applied.code !== 0) throw new Error(`the ground was not applied: ${applied.stderr}`)
}

async function withClient<T>(address: Address, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...address, ssl: false })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** For programs that take libpq's variables. */
export function libpqEnv({ host, port, database, user, password, tls }: Address): Readonly<Record<string, string>> {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGPASSWORD: password,
    PGSSLMODE: tls ? 'require' : 'disable',
  }
}
