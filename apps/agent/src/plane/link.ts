import { AgentServiceClient } from '@sallyport/contract'
import type { Calls, ControlReply } from '@sallyport/contract'
import type { StoredIdentity } from '../enrol/identity.js'
import type { SpoolReader } from '../spool/reader.js'
import type { ServerAddress } from './address.js'
import { sendAudit } from './audit-stream.js'
import { channelCredentials, channelOptions, target } from './channel.js'
import { followConfig } from './config-stream.js'
import { agentAnswers, askOver, openLink } from './control-stream.js'
import type { Answering } from './control-stream.js'
import type { Holder } from './holder.js'
import { channelIdentity } from './renewal.js'
import { planeStream } from './stream.js'

/**
 * One connection's life: the link, then the three streams until one of them ends, and all of them with it. It never
 * resolves; what it rejects with says why it ended.
 */
export interface LinkOptions extends Answering {
  readonly identity: StoredIdentity
  readonly server: ServerAddress
  readonly spool: SpoolReader
  readonly agentVersion: string
  readonly holder: Holder
  /** Answers to the control plane's questions, kept over links. */
  readonly answered: Map<string, Promise<ControlReply['result']>>
  readonly connected: (calls: Calls) => void
  readonly acknowledged: (sequence: number) => void
  /** Ends it. */
  readonly signal: AbortSignal
}

export async function runLink(options: LinkOptions): Promise<never> {
  const { identity, server, spool, holder, signal } = options
  const client = new AgentServiceClient(target(server), channelCredentials(channelIdentity(identity)), channelOptions)
  const ended = new AbortController()
  const control = planeStream(client.streamControl())
  const streams: { close(): void }[] = [control]
  const close = (): void => {
    ended.abort(new Error('the link has ended'))
    for (const stream of streams) stream.close()
    client.close()
  }
  signal.addEventListener('abort', close, { once: true })
  let calls: Calls | undefined
  try {
    signal.throwIfAborted()
    const link = await openLink(control, options)
    const of = { instance: identity.instanceId, link }
    const config = planeStream(client.streamConfig())
    const audit = planeStream(client.streamAudit())
    streams.push(config, audit)
    const asking = askOver(control, agentAnswers(options), options.answered)
    calls = asking.calls
    options.connected(calls)
    return await Promise.race([
      asking.pump(),
      followConfig(config, holder, of),
      sendAudit(audit, { spool, ...of, signal: ended.signal, acknowledged: options.acknowledged }),
    ])
  } finally {
    signal.removeEventListener('abort', close)
    calls?.close()
    close()
  }
}
