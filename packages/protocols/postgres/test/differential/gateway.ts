import type { Duplex } from 'node:stream'
import type { HashKey, Resource } from '@sallyport/core'
import type { EngineOptions } from '@sallyport/gate'
import { createGate, createMemoryBudget } from '@sallyport/gate'
import { createDuplexPair, createWorld, type FakeJournal, identityOf, policyOf } from '@sallyport/testkit'
import { createEngine } from '../../src/engine.js'
import { postgres } from '../../src/index.js'
import { password } from '../target.js'
import { dial } from '../transports.js'
import { type Line, openLine } from './line.js'

/** The real engine, gate and relay before one database, in this process: a resource `twin` and callers known by their group. */
export interface Gateway {
  /** A session of a member of that group. */
  line(group: string): Promise<Line>
  readonly journal: FakeJournal
  stop(): void
}

export interface GatewayOptions {
  readonly port: number
  readonly database: string
  /** Of the target, beside where it is. */
  readonly fields?: Readonly<Record<string, unknown>>
  readonly policies: readonly object[]
  readonly groups: readonly string[]
  readonly hashKeys?: readonly HashKey[]
  /** Between the target and the gateway. */
  readonly through?: (stream: Duplex) => Duplex
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { port, database, fields, policies, groups, hashKeys, through = (stream) => stream } = options
  const target = { host: '127.0.0.1', port, database, user: 'app_trust', ...fields }
  const twin: Resource = { id: 'res_twin', name: 'twin', protocol: 'postgres', labels: {}, target, secrets: { password } }
  const world = createWorld({
    policies: policies.map(policyOf),
    resources: [twin],
    tokens: Object.fromEntries(groups.map((group) => [`token-${group}`, identityOf('me', { groups: [group] })])),
    dialer: {
      async dial() {
        const upstream = await dial(port)
        return { ...upstream, stream: through(upstream.stream) }
      },
    },
  })
  if (hashKeys) world.config.apply({ hashKeys })
  const gate = createGate(world, { obligations: () => postgres.obligations })
  const log: EngineOptions['log'] = { warn: () => undefined, info: () => undefined }
  const engine = await createEngine({ instance: 1, log, memory: createMemoryBudget(1 << 30) })
  const ending = new AbortController()
  return {
    journal: world.journal,
    line(group) {
      const [ours, theirs] = createDuplexPair()
      const upgrade = () => Promise.reject(new Error('this line has no TLS'))
      const where = { address: '127.0.0.1', encrypted: false, plaintextAllowed: true }
      void engine.serve({ ...where, stream: theirs, signal: ending.signal, upgrade }, gate)
      return openLine(ours, { user: 'me', database: 'twin', password: `token-${group}` })
    },
    stop() {
      ending.abort()
      gate.drain({ code: 'drained', message: 'the test is over' })
    },
  }
}
