import { createSecureContext } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import { credentials } from '@grpc/grpc-js'
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js'
import { limits } from '@sallyport/contract'
import type { ServerAddress } from './address.js'

/**
 * How the agent speaks to the control plane: TLS 1.3, one pinned authority, and a listener that this authority certified
 * as the control plane, whatever its address. A caller must not add another authority.
 */
export interface ChannelIdentity {
  /** PEM. */
  readonly ca: string
  /** PEM; absent before enrolment. */
  readonly client?: { readonly certificate: string; readonly key: string }
}

const controlPlaneName = 'URI:sallyport://control-plane'

export function channelCredentials({ ca, client }: ChannelIdentity): ChannelCredentials {
  const context = createSecureContext({ ca, minVersion: 'TLSv1.3', ...(client && { cert: client.certificate, key: client.key }) })
  return credentials.createFromSecureContext(context, {
    checkServerIdentity: (_host: string, { subjectaltname = '' }: PeerCertificate) =>
      subjectaltname.split(', ').includes(controlPlaneName) ? undefined : new Error('the listener is not certified as the control plane'),
  })
}

export const channelOptions: ChannelOptions = {
  // The certificate is checked for what the listener is, not for where it is: this name only fills the field of TLS.
  'grpc.ssl_target_name_override': 'control-plane.sallyport.internal',
  'grpc.max_receive_message_length': limits.message,
  'grpc.max_send_message_length': limits.message,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  // Each attempt is a connection of its own, so that a new certificate is never sent over an old connection.
  'grpc.use_local_subchannel_pool': 1,
}

export function target({ host, port }: ServerAddress): string {
  return host.includes(':') ? `ipv6:[${host}]:${port}` : `dns:${host}:${port}`
}
