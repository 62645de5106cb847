import { expireDue } from '../approvals/index.js'
import type { KeyStore } from '../auth/key-store.js'
import type { Database } from '../db/index.js'
import { recordAct, systemActor } from '../trail/index.js'
import { failRun, longestRun } from './suggest-labels.js'

/** What has to happen without anybody asking. Every job may run twice, or on any replica. */
export interface JobPorts {
  readonly db: Database
  readonly keys: Pick<KeyStore, 'refresh'>
  readonly now: () => number
}

export interface Job {
  /** Milliseconds between two runs. */
  readonly every: number
  run(ports: JobPorts): Promise<void>
}

const minute = 60_000
/** Milliseconds after which keys are fetched anew although nobody asked. */
const keyAge = 5 * minute

export const jobs: Readonly<Record<string, Job>> = {
  'refresh-keys': {
    every: minute,
    run: async ({ db, keys }) => {
      for (const { name } of await db.trustProvider.findMany({ select: { name: true } })) await keys.refresh(name, keyAge)
    },
  },
  'expire-locks': {
    every: minute,
    run: async ({ db, now }) => {
      const due = { expiresAt: { lte: new Date(now()) } }
      await db.$transaction(async (tx) => {
        const expired = await tx.lock.findMany({ where: due })
        for (const { id, name, kind } of expired) {
          const { count } = await tx.lock.deleteMany({ where: { id } })
          if (count === 1) await recordAct(tx, systemActor, { action: 'lock.expire', target: { kind: 'lock', id, name }, detail: { kind } })
        }
      })
    },
  },
  'expire-approvals': {
    every: 10_000,
    run: ({ db, now }) => expireDue(db, now()),
  },
  'end-label-suggestions': {
    every: minute,
    run: async ({ db, now }) => {
      const left = await db.labelSuggestion.findMany({ where: { finishedAt: null, askedAt: { lt: new Date(now() - longestRun) } } })
      for (const { runId } of left) await failRun(db, runId, 'nobody carried it out')
    },
  },
  'forget-idempotency-keys': {
    every: 10 * minute,
    run: async ({ db, now }) => {
      await db.idempotencyKey.deleteMany({ where: { expiresAt: { lte: new Date(now()) } } })
    },
  },
}
