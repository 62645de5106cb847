import type { AuditEvent } from '@sallyport/core'

/**
 * What the trail has begun and not ended: sessions, and in them the statements that were allowed and whose outcome is
 * not recorded. Kept while writing, so that each segment can begin with it and a crash can be closed from the last one.
 */
export interface Ledger {
  note(event: AuditEvent): void
  open(): readonly OpenSession[]
}

export interface OpenSession {
  readonly session: string
  /** Statements decided, whatever the decision. */
  readonly units: number
  /** Allowed and not ended, by id; the value is when it was decided, milliseconds since the epoch. */
  readonly statements: Readonly<Record<string, number>>
}

export function createLedger(open: readonly OpenSession[] = []): Ledger {
  const sessions = new Map(
    open.map((entry) => [entry.session, { units: entry.units, statements: new Map(Object.entries(entry.statements)) }]),
  )
  return {
    note(event) {
      switch (event.type) {
        case 'session.opened':
          sessions.set(event.session, { units: 0, statements: new Map() })
          return
        case 'session.ended':
          sessions.delete(event.session)
          return
        case 'statement.decided': {
          const session = sessions.get(event.session)
          if (session === undefined) return
          session.units += 1
          if (event.decision === 'allow') session.statements.set(event.statement, event.at)
          return
        }
        case 'statement.released':
          if (event.decision === 'allow') sessions.get(event.session)?.statements.set(event.statement, event.at)
          return
        case 'statement.ended':
          sessions.get(event.session)?.statements.delete(event.statement)
          return
        case 'statement.held':
        case 'session.refused':
        case 'login.refused':
        case 'agent.noted':
          return
        default:
          event satisfies never
      }
    },
    open: () => [...sessions].map(([session, { units, statements }]) => ({ session, units, statements: Object.fromEntries(statements) })),
  }
}
