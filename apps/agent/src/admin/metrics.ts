import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { AuditEvent } from '@sallyport/core'
import type { Gate, GatedSession, Journal, Permit } from '@sallyport/gate'
import type { Caps } from '../listeners/caps.js'
import type { Spool } from '../spool/spool.js'
import { createTimes } from './times.js'

/** What the agent counts. Labels hold only names that this build knows; nothing that a client could make up. */
export interface Metrics {
  /** Counts what is recorded. */
  journal(journal: Journal): Journal
  /** Measures how long a caller waits for an answer of the gate. */
  gate(gate: Gate): Gate
  /** Text of the Prometheus exposition format. */
  render(): Promise<{ readonly type: string; readonly text: string }>
}

export interface MetricsSources {
  readonly sessions: () => number
  readonly caps: Caps
  readonly spool: Spool
  readonly connected: () => boolean
  /** Milliseconds since the epoch; undefined without a snapshot. */
  readonly snapshotExpiresAt: () => number | undefined
}

const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  defineGauges(registry, sources)
  const registers = [registry]
  const units = { allow: 0, hold: 0, deny: 0 }
  const outcomes = { ok: 0, failed: 0, cancelled: 0, unknown: 0 }
  defineTally(registry, { name: 'units_total', help: 'Units judged, by decision', label: 'decision', counts: units })
  defineTally(registry, { name: 'outcomes_total', help: 'Units ended, by outcome', label: 'status', counts: outcomes })
  const logins = new Counter({ name: 'sallyport_logins_refused_total', help: 'Logins refused, by code', labelNames: ['code'], registers })
  const sessions = new Counter({ name: 'sallyport_sessions_opened_total', help: 'Sessions opened', registers })
  const alerts = new Counter({ name: 'sallyport_alerts_total', help: 'Units that ended with an alert', registers })
  const refused = new Counter({
    name: 'sallyport_sessions_refused_total',
    help: 'Sessions refused, by code',
    labelNames: ['code'],
    registers,
  })
  const judged = createTimes({
    name: 'sallyport_judge_seconds',
    help: 'From the question to permit or refusal, the record included',
    label: 'answer',
    values: ['permit', 'deny'],
    buckets,
  })

  function count(event: AuditEvent): void {
    switch (event.type) {
      case 'statement.decided':
        return void units[event.decision]++
      case 'statement.ended':
        if (event.outcome.alert !== undefined) alerts.inc()
        return void outcomes[event.outcome.status]++
      case 'session.opened':
        return sessions.inc()
      case 'session.refused':
        return refused.inc({ code: event.code })
      case 'login.refused':
        return logins.inc({ code: event.code })
      case 'statement.held':
      case 'statement.released':
      case 'session.ended':
      case 'agent.noted':
        return
      default:
        event satisfies never
    }
  }

  function measured(session: GatedSession): GatedSession {
    return {
      ...session,
      judge(unit, presenter) {
        const begun = performance.now()
        const answered = <T extends { readonly kind: Permit['kind'] | 'deny' }>(answer: T): T => {
          judged.observe(answer.kind, (performance.now() - begun) / 1000)
          return answer
        }
        const answer = session.judge(unit, presenter)
        return answer instanceof Promise ? answer.then(answered) : answered(answer)
      },
    }
  }

  return {
    journal: (journal) => ({
      failed: journal.failed,
      append(event, durability) {
        const answer = journal.append(event, durability)
        count(event)
        return answer
      },
    }),
    gate: (gate) => ({
      authenticate: (credential) => gate.authenticate(credential),
      open: async (who, want) => measured(await gate.open(who, want)),
    }),
    render: async () => ({ type: registry.contentType, text: `${await registry.metrics()}\n${judged.text()}` }),
  }
}

interface Tally {
  readonly name: string
  readonly help: string
  readonly label: string
  readonly counts: Readonly<Record<string, number>>
}

/** What is counted with every statement is a number of ours, which is told when somebody asks. */
function defineTally(registry: Registry, { name, help, label, counts }: Tally): void {
  void new Counter({
    name: `sallyport_${name}`,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset()
      for (const [value, count] of Object.entries(counts)) this.inc({ [label]: value }, count)
    },
  })
}

function defineGauges(registry: Registry, { sessions, caps, spool, connected, snapshotExpiresAt }: MetricsSources): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    void new Gauge({
      name: `sallyport_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge('sessions', 'Live sessions', sessions)
  gauge('connections', 'Open client connections', () => caps.counts().open)
  gauge('connections_pending', 'Client connections that were not admitted to a resource yet', () => caps.counts().pending)
  gauge('spool_bytes', 'Bytes of spool on the disk', () => spool.stats().bytes)
  gauge('spool_depth', 'Records that the control plane has not acknowledged', () => spool.stats().depth)
  gauge('spool_failed', '1 when the spool cannot be written any more', () => (spool.journal.failed.aborted ? 1 : 0))
  gauge('control_plane_connected', '1 while the control plane is connected', () => (connected() ? 1 : 0))
  gauge(
    'snapshot_expires_timestamp_seconds',
    'When the configuration in force expires; 0 without one',
    () => (snapshotExpiresAt() ?? 0) / 1000,
  )
}
