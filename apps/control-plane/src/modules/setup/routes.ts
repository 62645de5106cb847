import { SallyportError } from '@sallyport/core'
import { createThrottle } from '../../auth/throttle.js'
import type { Context } from '../../context.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { SetupBody, SetupView } from './schema.js'
import type { Setup } from './service.js'

/** Claims cannot be guessed; the limit keeps the trying out of the database. */
const attemptsPerMinute = 30

export function setupRoute(app: App, setup: Setup, { now }: Pick<Context, 'now'>): void {
  const throttle = createThrottle({ now, limit: attemptsPerMinute })
  app.post(
    '/v1/setup',
    {
      config: { permission: 'public' },
      schema: { operationId: 'setup', tags: ['setup'], security: [], body: SetupBody, response: { 201: SetupView, ...failures } },
    },
    async (request, reply) => {
      const wait = throttle.refused(request.ip)
      if (wait !== undefined) throw new SallyportError('too_many', 'too many attempts from this address', { retry_after: wait })
      const done = await setup(request.body, { key: 'claim', facts: {}, address: request.ip, requestId: request.id })
      void reply.status(201)
      return done
    },
  )
}
