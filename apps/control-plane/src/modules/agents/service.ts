import { agentTransitions, next, SallyportError, type AgentEvent, type AgentState } from '@sallyport/core'
import type { Caller } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import { readPage } from '../../http/page.js'
import { recordAct } from '../../trail/index.js'
import type { AgentPage, AgentPatch, AgentQuery, AgentView, JoinTokenBody, JoinTokenView } from './schema.js'
import * as store from './store.js'
import type { AgentRow, ConfigVersion } from './store.js'

export interface AgentService {
  list(query: AgentQuery): Promise<AgentPage>
  read(id: string): Promise<AgentView>
  relabel(caller: Caller, id: string, body: AgentPatch): Promise<AgentView>
  /** Ends its streams and certificates for good. The record stays: the trail names it. */
  revoke(caller: Caller, id: string): Promise<void>
  release(caller: Caller, id: string): Promise<AgentView>
  createJoinToken(caller: Caller, body: JoinTokenBody): Promise<JoinTokenView>
}

export function createAgentService({ db, streams }: Pick<Context, 'db' | 'streams'>): AgentService {
  const move = (caller: Caller, id: string, event: AgentEvent) =>
    db.$transaction(async (tx) => {
      const row = known(await store.findAgent(tx, id))
      const to = next(agentTransitions, row.state as AgentState, event)
      if (to === undefined) throw new SallyportError('conflict', `an agent that is ${row.state} cannot be ${past[event]}`)
      if (!(await store.moveAgent(tx, id, { from: row.state, to })))
        throw new SallyportError('conflict', 'the agent changed at the same time; try again')
      const after = known(await store.findAgent(tx, id))
      await recordAct(tx, caller.actor, {
        action: `agent.${event}`,
        target: { kind: 'agent', id },
        before: facts(row),
        after: facts(after),
      })
      return toView(after, await store.newestConfig(tx))
    })
  return {
    list: async (query) => {
      const page = await readPage(query, (window) => store.listAgents(db, window, query))
      const newest = await store.newestConfig(db)
      return { ...page, items: page.items.map((row) => toView(row, newest)), config_version: spelled(newest) }
    },
    read: async (id) => toView(known(await store.findAgent(db, id)), await store.newestConfig(db)),
    relabel: (caller, id, { labels }) =>
      db.$transaction(async (tx) => {
        const row = known(await store.findAgent(tx, id))
        await store.setLabels(tx, id, labels)
        const after = known(await store.findAgent(tx, id))
        await recordAct(tx, caller.actor, {
          action: 'agent.relabel',
          target: { kind: 'agent', id },
          before: facts(row),
          after: facts(after),
          detail: { labels },
        })
        return toView(after, await store.newestConfig(tx))
      }),
    revoke: async (caller, id) => {
      await move(caller, id, 'revoke')
    },
    release: (caller, id) => move(caller, id, 'release'),
    createJoinToken: async (caller, { labels = {}, ttl_seconds: seconds = 900 }) => {
      if (streams === undefined) throw new SallyportError('unavailable', 'this control plane serves no agents')
      const { id, token, expiresAt } = await streams.createJoinToken({ labels, ttl: seconds * 1_000, createdBy: caller.actor.key })
      // A token whose making is not in the trail is never handed out.
      await recordAct(db, caller.actor, {
        action: 'join_token.create',
        target: { kind: 'join_token', id },
        detail: { labels, expires_at: expiresAt.toISOString() },
      })
      return { id, token, labels, expires_at: expiresAt.toISOString() }
    },
  }
}

const past: Readonly<Record<AgentEvent, string>> = {
  connect: 'connected',
  disconnect: 'disconnected',
  quarantine: 'quarantined',
  release: 'released',
  revoke: 'revoked',
}

function known(row: AgentRow | null): AgentRow {
  if (row === null) throw new SallyportError('not_found', 'there is no such agent')
  return row
}

function facts({ id, state, labels }: AgentRow) {
  return { id, state, labels }
}

type InstanceRow = AgentRow['instances'][number]

function spelled({ generation, revision }: ConfigVersion): string {
  return `${generation}.${revision}`
}

function configVersion({ configGeneration: generation, configVersion: revision, configAckedAt }: InstanceRow): string | null {
  return configAckedAt === null ? null : spelled({ generation, revision })
}

function isCurrent({ configGeneration, configVersion: version, configAckedAt }: InstanceRow, newest: ConfigVersion): boolean {
  if (configAckedAt === null) return false
  return configGeneration === newest.generation ? version >= newest.revision : configGeneration > newest.generation
}

function toView(row: AgentRow, newest: ConfigVersion): AgentView {
  const connected = row.instances.filter((instance) => instance.connected)
  const oldest = connected.toSorted((a, b) => Number(a.configGeneration - b.configGeneration || a.configVersion - b.configVersion))[0]
  return {
    id: row.id,
    state: row.state as AgentState,
    labels: row.labels as AgentView['labels'],
    version: row.version,
    quarantine_reason: row.quarantineReason,
    config_version: oldest === undefined ? null : configVersion(oldest),
    config_current: connected.length > 0 && connected.every((instance) => isCurrent(instance, newest)),
    last_error: row.instances.find(({ lastError }) => lastError !== null)?.lastError ?? null,
    certificate_expires_at: row.certificateExpiresAt.toISOString(),
    instances: row.instances.map((instance) => ({
      id: instance.id,
      connected: instance.connected,
      seen_at: instance.seenAt?.toISOString() ?? null,
      config_version: configVersion(instance),
      config_acknowledged_at: instance.configAckedAt?.toISOString() ?? null,
      last_error: instance.lastError,
    })),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
