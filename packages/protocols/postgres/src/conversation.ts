import type { GatedSession } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { enterTarget, targetOf } from './opened.js'
import type { Front } from './front.js'
import type { ClientStart } from './settings.js'
import type { Shared } from './engine.js'

export interface Conversations {
  hold(options: Conversation): Promise<void>
}
export interface Conversation {
  readonly front: Front
  readonly session: GatedSession
  readonly start: ClientStart
  readonly shared: Omit<Shared, 'conversations'>
}

export async function createConversations(): Promise<Conversations> {
  return {
    async hold({ front, session, start, shared }) {
      const target = targetOf(session)
      const signal = AbortSignal.any([session.signal, front.gone, AbortSignal.timeout(shared.limits.target)])
      const login = await enterTarget({ session, target, start, searchPath: undefined, signal })
      login.upstream.stream.destroy()
      throw new SallyportError('unavailable', 'being built')
    },
  }
}
