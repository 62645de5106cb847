import { setTimeout as sleep } from 'node:timers/promises'
import { openSide } from '../../../packages/protocols/postgres/src/backend/side.js'
import { type Gateway, startGateway } from '../../../packages/protocols/postgres/test/differential/gateway.js'
import { type Line, openLine } from '../../../packages/protocols/postgres/test/differential/line.js'
import { type Major, startTarget } from '../../../packages/protocols/postgres/test/target.js'
import { dial } from '../../../packages/protocols/postgres/test/transports.js'
import { filling, type Twin } from './estate/rows.js'
import { documented, schema, settled } from './estate/schema.js'
import { hashKeys, type Variant } from './policies.js'

/**
 * Two servers made by the same statements, whose databases differ only in what the masks hide, and a gateway before each:
 * the real engine, gate and relay. Both are asked the same things in the same order, so that everything else about them
 * stays the same: OIDs, transaction numbers, where rows lie.
 */
export interface Twins {
  /** A session with each, through its gateway. */
  gated(variant: Variant): Promise<Pair>
  /** A session with each, past its gateway. */
  direct(): Promise<Pair>
  readonly gateways: readonly [Gateway, Gateway]
  /** Resolves when no session is left: one that is still ending would keep what it saw from being cleaned up, in one twin longer. */
  settle(): Promise<void>
  /** Puts both into their first state, as writes that were rolled back leave rows elsewhere. */
  refill(): Promise<void>
  stop(): Promise<void>
}

export type Pair = readonly [Line, Line]

export interface TwinsOptions {
  readonly seed: number
  readonly variants: readonly Variant[]
  readonly major?: Major
}

/** Not the gateway's own, which come and go at their time. */
const sessions = `select pid from pg_stat_activity where usename = 'app_trust' and application_name not like 'sallyport/%'`

export async function startTwins(options: TwinsOptions): Promise<Twins> {
  const [a, b] = await Promise.all([startTwin(0, options), startTwin(1, options)])
  const both = async (act: (one: typeof a) => Promise<void>) => void (await Promise.all([act(a), act(b)]))
  return {
    gated: ({ name }) => Promise.all([a.gateway.line(name), b.gateway.line(name)]),
    direct: () => Promise.all([a.direct(), b.direct()]),
    gateways: [a.gateway, b.gateway],
    settle: () => both((one) => one.settle()),
    refill: () => both((one) => one.fill()),
    stop: () => both((one) => one.stop()),
  }
}

async function startTwin(twin: Twin, { seed, variants, major = 15 }: TwinsOptions) {
  // What a server does at its own time, it does not do in both at once.
  const server = await startTarget({ autovacuum: 'off' }, major)
  await server.sql(...schema)
  const ending = new AbortController()
  const side = await openSide({
    target: server.target(),
    password: server.superuser.password,
    settings: {},
    dial: () => dial(server.port),
    signal: ending.signal,
  })
  const fill = async () => {
    for (const sql of [...filling(twin, seed), ...settled]) await side.query(sql)
  }
  await fill()
  const gateway = await startGateway({
    port: server.port,
    database: 'postgres',
    fields: documented,
    policies: variants.map(({ policy }) => policy),
    groups: variants.map(({ name }) => name),
    hashKeys,
  })
  return {
    gateway,
    fill,
    direct: async () => openLine((await dial(server.port)).stream, { user: 'app_trust', database: 'postgres' }),
    async settle() {
      for (const end = Date.now() + 10_000; (await side.query(sessions)).length > 0; await sleep(1)) {
        if (Date.now() > end) throw new Error('a session does not end')
      }
    },
    async stop() {
      gateway.stop()
      side.close()
      ending.abort()
      await server.stop()
    },
  }
}
