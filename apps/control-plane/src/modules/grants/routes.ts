import { Type } from '@sinclair/typebox'
import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { idOf } from '../../http/fields.js'
import { PageOf } from '../../http/page.js'
import { GrantQuery, GrantView } from './schema.js'
import type { GrantService } from './service.js'

const Id = Type.Object({ id: idOf('gra') })
const tags = ['grants']
const read = { permission: 'grant.read' } as const

export function grantRoutes(app: App, service: GrantService): void {
  app.get(
    '/v1/grants',
    {
      config: read,
      schema: { operationId: 'list_grants', tags, querystring: GrantQuery, response: { 200: PageOf(GrantView, 'GrantPage'), ...failures } },
    },
    (request) => service.list(callerOf(request), request.query),
  )
  app.get(
    '/v1/grants/:id',
    { config: read, schema: { operationId: 'get_grant', tags, params: Id, response: { 200: GrantView, ...failures } } },
    (request) => service.read(callerOf(request), request.params.id),
  )
  app.delete(
    '/v1/grants/:id',
    {
      config: { permission: 'grant.revoke' },
      schema: { operationId: 'revoke_grant', tags, params: Id, response: { 204: Type.Null(), ...failures } },
    },
    async (request, reply) => {
      await service.revoke(callerOf(request), request.params.id)
      return reply.status(204).send(null)
    },
  )
}
