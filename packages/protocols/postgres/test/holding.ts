import { fieldsOf, logIn, type LoggedIn, type Message, policyOf } from '@sallyport/testkit'
import type { Door } from './door.js'
import { startTarget, type TestTarget } from './target.js'

/** A shop where updates and what is copied in wait for `dba`; how often an order was updated is counted in `n`. */
export const holding = holdingPolicy()

export function holdingPolicy(hold: object = {}) {
  return policyOf({
    kind: 'policy',
    name: 'agents',
    subjects: { groups: ['agents'] },
    resources: { names: ['shop'] },
    rules: [
      {
        id: 'plain',
        match: { effects: { only: ['read', 'write', 'insert', 'tx', 'session_ok', 'prepare', 'cursor', 'ddl'] } },
        action: 'allow',
      },
      {
        id: 'change',
        match: { effects: { any: ['update', 'bulk_import'], only: ['read', 'write', 'insert', 'update', 'bulk_import', 'prepare'] } },
        action: 'hold',
        approvers: [{ groups: ['dba'], count: 1 }],
        hold,
      },
      { id: 'never', match: { effects: { any: ['delete'] } }, action: 'deny' },
    ],
  })
}

export async function startShop(): Promise<TestTarget> {
  const server = await startTarget({ max_connections: '300' })
  await server.sql(
    'create table orders (id int primary key, status text, n int not null default 0)',
    `insert into orders select i, 'paid' from generate_series(1, 1000) i`,
    'create table log (line text)',
    'grant select, insert, update, delete on orders, log to app_scram',
    'grant create on schema public to app_scram',
  )
  return server
}

export interface Held {
  readonly client: LoggedIn
  /** Sends bytes; answers up to the first NOTICE, when it is held. */
  readonly hold: (bytes: Uint8Array) => Promise<readonly Message[]>
  readonly ready: () => Promise<readonly Message[]>
}

export async function enter(door: Door): Promise<Held> {
  const client = await logIn({ port: door.port, parameters: { user: 'me', database: 'shop' }, password: 'token-me' })
  return {
    client,
    hold(bytes) {
      client.send(bytes)
      return client.until(({ type }) => type === 'N')
    },
    ready: () => client.until(({ type }) => type === 'Z'),
  }
}

/** Message types, an error as `E:<SQLSTATE>`, and the status behind Z. */
export function words(messages: readonly Message[]): string {
  return messages
    .map((one) => (one.type === 'E' ? `E:${fieldsOf(one)['C']}` : one.type === 'Z' ? `Z:${one.body.toString()}` : one.type))
    .join(' ')
}

let given = 0

/** Dana says yes to a request, the last one unless told. */
export function approve({ world }: Door, at = -1, more: object = {}): void {
  const grant = world.approvals.grantOf(world.approvals.requests.at(at)!, { id: `gra_${++given}`, ...more })
  world.config.apply({ grants: [...(world.config.current()!.grants ?? []), grant] })
}

export const turns = () => new Promise((resolve) => setTimeout(resolve, 60))
