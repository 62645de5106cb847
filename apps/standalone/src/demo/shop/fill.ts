/** Makes the shop's tables and fills them, all in one transaction and only where there are none; then grants. */
import type { Client } from 'pg'
import { shopOwner, withClient } from '../../databases.js'
import { makeRows } from './rows.js'
import { schema } from './schema.js'

/** `url` is the superuser's on the database `shop`; `gateway` the role that the agent logs in as. */
export async function fillShop(url: string, gateway: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('BEGIN')
    await client.query(`SET LOCAL ROLE ${shopOwner}`)
    const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass('public.orders') IS NOT NULL AS there")
    if (rows[0]?.there !== true) await create(client)
    await grant(client, gateway)
    await client.query('COMMIT')
    if (rows[0]?.there !== true) await client.query('ANALYZE')
  })
}

async function create(client: Client): Promise<void> {
  const rows = makeRows()
  await client.query(schema)
  const tables = {
    customers: rows.customers,
    products: rows.products,
    orders: rows.orders,
    order_items: rows.orderItems,
    payroll: rows.payroll,
  }
  for (const [table, content] of Object.entries(tables)) {
    await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [JSON.stringify(content)])
    await client.query(`SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT max(id) FROM ${table}))`, [table])
  }
}

/** Rows only: whoever owns nothing changes no schema, whatever the gateway would let through. */
async function grant(client: Client, gateway: string): Promise<void> {
  const role = client.escapeIdentifier(gateway)
  await client.query(`GRANT USAGE ON SCHEMA public TO ${role}`)
  await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO ${role}`)
  await client.query(`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`)
  await client.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO ${role}`)
  await client.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${role}`)
}
