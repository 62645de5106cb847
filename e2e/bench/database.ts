import { chmodSync, chownSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'

/** The database that all fronts lead to, and whose account may read its files. */
export interface Stage {
  readonly home: string
  readonly folder: string
  readonly port: number
  /** Of `shop_gateway`. */
  readonly password: string
  /** Of `postgres`. */
  readonly adminPassword: string
  readonly owner: { readonly uid: number; readonly gid: number }
}

export interface Prepared {
  readonly version: string
  /** Of the large table, as COPY writes it. */
  readonly tableBytes: number
}

export const tableRows = 1_000_000

/** TLS for whoever comes directly, with a certificate of the same kind as the agent's own, and a table of a million rows. */
export async function prepareDatabase(stage: Stage): Promise<Prepared> {
  const { certificate, key } = copyCertificate(stage, join(stage.home, 'postgres'))
  const connect = async (database: string): Promise<Client> => {
    const client = new Client({ host: '127.0.0.1', port: stage.port, database, user: 'postgres', password: stage.adminPassword })
    await client.connect()
    return client
  }
  const admin = await connect('postgres')
  await admin.query(`ALTER SYSTEM SET ssl_cert_file = ${admin.escapeLiteral(certificate)}`)
  await admin.query(`ALTER SYSTEM SET ssl_key_file = ${admin.escapeLiteral(key)}`)
  await admin.query('ALTER SYSTEM SET ssl = on')
  await admin.query('SELECT pg_reload_conf()')
  const { rows: versions } = await admin.query<{ version: string }>('SELECT version()')
  await admin.end()
  const shop = await connect('shop')
  await shop.query(
    `CREATE TABLE bench_row AS SELECT id, md5(id::text) || md5((-id)::text) AS body FROM generate_series(1, ${tableRows}) AS id`,
  )
  await shop.query('GRANT SELECT ON bench_row TO shop_gateway')
  await shop.query('VACUUM ANALYZE bench_row')
  const { rows } = await shop.query<{ bytes: string }>('SELECT sum(length(id::text) + length(body) + 2) AS bytes FROM bench_row')
  await shop.end()
  return { version: versions[0]!.version, tableBytes: Number(rows[0]!.bytes) }
}

/** A table of a million people, of whom three columns are nobody's business. Answers its bytes as COPY writes them. */
export async function preparePeople(stage: Stage): Promise<number> {
  const shop = new Client({ host: '127.0.0.1', port: stage.port, database: 'shop', user: 'postgres', password: stage.adminPassword })
  await shop.connect()
  await shop.query(
    `CREATE TABLE bench_person AS SELECT id, 'Name Surname ' || id AS name, 'person' || id || '@example.com' AS email,
       '4111-1111-1111-' || lpad((id % 10000)::text, 4, '0') AS card, md5(id::text) AS note FROM generate_series(1, ${tableRows}) AS id`,
  )
  await shop.query('GRANT SELECT ON bench_person TO shop_gateway')
  await shop.query('VACUUM ANALYZE bench_person')
  const { rows } = await shop.query<{ bytes: string }>(
    'SELECT sum(length(id::text) + length(name) + length(email) + length(card) + length(note) + 5) AS bytes FROM bench_person',
  )
  await shop.end()
  return Number(rows[0]!.bytes)
}

/** The agent's certificate for another server; its account alone may read the copy. */
export function copyCertificate({ home, owner }: Stage, folder: string): { readonly certificate: string; readonly key: string } {
  const [certificate, key] = [join(folder, 'bench.crt'), join(folder, 'bench.key')]
  copyFileSync(join(home, 'agent', 'identity', 'certificate.pem'), certificate)
  copyFileSync(join(home, 'agent', 'identity', 'tls.key'), key)
  for (const file of [certificate, key]) {
    chmodSync(file, 0o600)
    chownSync(file, owner.uid, owner.gid)
  }
  return { certificate, key }
}
