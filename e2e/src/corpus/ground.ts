import { join } from 'node:path'
import { rowOf } from '@sallyport/testkit'
import { type Major, startTarget } from '../../../packages/protocols/postgres/test/target.js'
import { say } from '../../../packages/protocols/postgres/test/play/words.js'
import { rest, root, run, shared, tokenOf } from '../world.js'
import { setup } from './cases.js'
import { type Door, openSession, type Session } from './client.js'

/**
 * One version of PostgreSQL with what the corpus is about, behind the agent of the shared world under the policy of the
 * corpus. The gateway's role is a superuser: nothing but the gateway stands between a caller and what it asks.
 */
export interface Ground {
  readonly major: Major
  readonly gateway: Door
  readonly direct: Door
  /** As superuser, past the gateway; one at a time. */
  readonly side: Session
  /** A digest of every row and every catalog a statement could change. */
  fingerprint(): Promise<string>
  /** Puts other rules beside those of the corpus, enforced when it resolves; answers how to take them away. */
  restrict(rules: readonly object[]): Promise<() => Promise<void>>
  stop(): Promise<void>
}

const who = 'billing-agent'
const database = 'postgres'

/** The policy that the corpus describes; beside `email` the columns that hold the same addresses in other types. */
const policy = (name: string) => ({
  kind: 'policy',
  name,
  subjects: { groups: ['ai-agents'] },
  resources: { names: [name] },
  rules: [
    { id: 'read', match: { effects: { only: ['read', 'tx', 'session_ok', 'cursor', 'prepare', 'explain'] } }, action: 'allow' },
    {
      id: 'ddl',
      match: { effects: { any: ['ddl'], only: ['read', 'write', 'ddl', 'define_code'] } },
      action: 'hold',
      approvers: [{ groups: ['dba'], count: 1 }],
      hold: { mode: 'retry' },
    },
  ],
  masks: [
    {
      id: 'email',
      columns: ['email', 'meta', 'tags', 'pic', 'em2'].map((column) => `public.users.${column}`),
      as: 'redact',
    },
  ],
})

export async function openGround(major: Major): Promise<Ground> {
  const target = await startTarget({ autovacuum: 'off', max_prepared_transactions: '5' }, major)
  const side = await target.side()
  await side.query(setup)
  await side.query('alter role app_trust superuser')
  side.close()
  const name = `corpus-${major}`
  const { port } = target
  const reached = { host: '127.0.0.1', port, database, user: 'app_trust', password: 'not asked for', sslmode: 'disable' }
  await apply({ kind: 'resource', name, protocol: 'postgres', target: reached }, policy(name))
  const direct: Door = { port, transport: 'plain', parameters: { user: 'app_trust', database }, password: '' }
  const gateway: Door = {
    port: shared().ready.postgres.port,
    transport: 'tls',
    parameters: { user: who, database: name },
    password: await tokenOf(who),
  }
  const own = await openSession(direct)
  return {
    major,
    gateway,
    direct,
    side: own,
    async fingerprint() {
      const heard = await own.ask(say.query(everything))
      return JSON.stringify(heard.filter(({ type }) => type === 'D').map(rowOf))
    },
    async restrict(rules) {
      const document = { kind: 'policy', name: `${name}-more`, subjects: { groups: ['ai-agents'] }, resources: { names: [name] }, rules }
      await apply(document)
      return async () => void (await rest('root', 'DELETE', `/v1/policies/${name}-more`))
    },
    async stop() {
      own.end()
      await rest('root', 'DELETE', `/v1/policies/${name}`)
      await rest('root', 'DELETE', `/v1/resources/${name}`)
      await target.stop()
    },
  }
}

/** Resolves when the agent enforces them. */
async function apply(...documents: readonly object[]): Promise<void> {
  const text = documents.map((document) => JSON.stringify(document)).join('\n---\n')
  const { code, stderr } = await run(join(root, 'sallyport'), ['policies', 'apply', '-f', '-'], { SALLYPORT_HOME: shared().home }, text)
  if (code !== 0) throw new Error(`the ground was not applied: ${stderr}`)
}

const tables = ['users', 'orders', 'staging', 'alt.users', 'part', 'parent', 'mv_users']
const catalogs = (
  'class proc attribute attrdef type namespace constraint index trigger rewrite policy authid auth_members db_role_setting default_acl ' +
  'extension foreign_server user_mapping publication subscription event_trigger largeobject_metadata database tablespace description ' +
  'statistic operator cast language sequence inherits shdepend seclabel'
).split(' ')

/** Every change of a row gives it another xmin or xmax, or another count; what is rewritten gets another file. */
const versions = (relation: string) =>
  `select '${relation}', concat_ws(' ', count(*), sum(xmin::text::bigint), sum(xmax::text::bigint)) from ${relation}`
const everything = [
  ...tables.map(versions),
  ...catalogs.map((catalog) => versions(`pg_${catalog}`)),
  `select 'files', sum(relfilenode::bigint)::text from pg_class`,
  `select sequencename, concat_ws(' ', last_value) from pg_sequences`,
  `select 'waiting', concat_ws(' ', (select count(*) from pg_prepared_xacts), (select count(*) from pg_replication_slots), (select count(*) from pg_locks where locktype = 'advisory'))`,
  `select 'settings', md5(pg_read_file('postgresql.auto.conf'))`,
].join(' union all ')
