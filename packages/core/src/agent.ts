import type { Transitions } from './transitions.js'

/** A data-plane agent as the control plane sees it. `quarantined` serves nobody until a person looks. */
export type AgentState = 'enrolled' | 'connected' | 'disconnected' | 'quarantined' | 'revoked'
export type AgentEvent = 'connect' | 'disconnect' | 'quarantine' | 'release' | 'revoke'

export const agentTransitions: Transitions<AgentState, AgentEvent> = {
  enrolled: { connect: 'connected', quarantine: 'quarantined', revoke: 'revoked' },
  connected: { connect: 'connected', disconnect: 'disconnected', quarantine: 'quarantined', revoke: 'revoked' },
  disconnected: { connect: 'connected', quarantine: 'quarantined', revoke: 'revoked' },
  quarantined: { release: 'disconnected', revoke: 'revoked', quarantine: 'quarantined' },
  revoked: {},
}
