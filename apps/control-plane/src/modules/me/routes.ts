import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { MeView } from './schema.js'
import { describeCaller } from './service.js'

export function meRoute(app: App): void {
  app.get(
    '/v1/me',
    { config: { permission: 'authenticated' }, schema: { operationId: 'get_me', tags: ['me'], response: { 200: MeView, ...failures } } },
    async (request) => describeCaller(callerOf(request)),
  )
}
