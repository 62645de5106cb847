import { type Gateway, startGateway } from '../../../packages/protocols/postgres/test/differential/gateway.js'
import { type Line, openLine } from '../../../packages/protocols/postgres/test/differential/line.js'
import { type Major, startTarget } from '../../../packages/protocols/postgres/test/target.js'
import { dial } from '../../../packages/protocols/postgres/test/transports.js'
import { rowsOf, type Twin } from './estate/rows.js'
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
  stop(): Promise<void>
}

export type Pair = readonly [Line, Line]

export interface TwinsOptions {
  readonly seed: number
  readonly variants: readonly Variant[]
  readonly major?: Major
}

export async function startTwins({ seed, variants, major = 15 }: TwinsOptions): Promise<Twins> {
  const start = async (twin: Twin) => {
    // What a server does at its own time, it does not do in both at once.
    const server = await startTarget({ autovacuum: 'off' }, major)
    await server.sql(...schema, ...rowsOf(twin, seed), ...settled)
    const gateway = await startGateway({
      port: server.port,
      database: 'postgres',
      fields: documented,
      policies: variants.map(({ policy }) => policy),
      groups: variants.map(({ name }) => name),
      hashKeys,
    })
    return { server, gateway }
  }
  const [a, b] = await Promise.all([start(0), start(1)])
  const open = async (port: number) => openLine((await dial(port)).stream, { user: 'app_trust', database: 'postgres' })
  return {
    gated: ({ name }) => Promise.all([a.gateway.line(name), b.gateway.line(name)]),
    direct: () => Promise.all([open(a.server.port), open(b.server.port)]),
    gateways: [a.gateway, b.gateway],
    async stop() {
      for (const { gateway } of [a, b]) gateway.stop()
      await Promise.all([a.server.stop(), b.server.stop()])
    },
  }
}
