import { makeId, type Identity, type Resource } from '@sallyport/core'
import type { Dialer, Ports, Snapshot } from '@sallyport/gate'
import { compilePolicy, type Policy } from '@sallyport/policy'
import { createFakeApprovals, type FakeApprovals } from './approvals.js'
import { createVirtualClock, type VirtualClock } from './clock.js'
import { createFakeConfig, type FakeConfig } from './config.js'
import { createFakeAuthenticator } from './identity.js'
import { createFakeJournal, type FakeJournal } from './journal.js'

export interface World extends Ports {
  readonly clock: VirtualClock
  readonly config: FakeConfig
  readonly journal: FakeJournal
  readonly approvals: FakeApprovals
}

export interface WorldOptions {
  readonly policies?: readonly Policy[]
  readonly resources?: readonly Resource[]
  readonly tokens?: Readonly<Record<string, Identity>>
  readonly dialer?: Dialer
}

/** Every port of the gate as a fake, joined: one agent, provider `demo`, time that stands still. */
export function createWorld({ policies = [], resources = [], tokens = {}, dialer = nobody }: WorldOptions = {}): World {
  const clock = createVirtualClock()
  let count = 0
  const snapshot: Snapshot = {
    version: '1',
    expiresAt: clock.now() + 24 * 3_600_000,
    policies,
    resources: new Map(resources.map((r) => [r.name, r])),
    locks: [],
    providers: new Set(['demo']),
  }
  return {
    clock,
    config: createFakeConfig(snapshot),
    journal: createFakeJournal(),
    authenticator: createFakeAuthenticator(tokens),
    dialer,
    approvals: createFakeApprovals(),
    agent: 'agt_test',
    newId: (prefix) =>
      makeId(
        prefix,
        clock.now(),
        new Uint8Array(10).fill(0).map((_, i) => (i === 9 ? ++count & 0xff : i === 8 ? count >> 8 : 0)),
      ),
  }
}

const nobody: Dialer = { dial: () => Promise.reject(new Error('this world has no target')) }

/** A policy from its document; a mistake in a test's document is the test's failure. */
export function policyOf(document: unknown): Policy {
  const compiled = compilePolicy(document)
  if (!compiled.ok) throw new Error(compiled.problems.map((p) => `${p.path}: ${p.message}`).join('\n'))
  return compiled.policy
}
