import { Type } from '@sinclair/typebox'
import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { idOf } from '../../http/fields.js'
import { PageOf } from '../../http/page.js'
import { AuditEventView } from '../audit/index.js'
import { SessionEventsQuery, SessionQuery, SessionView, TerminateBody } from './schema.js'
import type { SessionService } from './service.js'

const Id = Type.Object({ id: idOf('ses') })
const tags = ['sessions']
const read = { permission: 'session.read' } as const

export function sessionRoutes(app: App, service: SessionService): void {
  app.get(
    '/v1/sessions',
    {
      config: read,
      schema: {
        operationId: 'list_sessions',
        tags,
        querystring: SessionQuery,
        response: { 200: PageOf(SessionView, 'SessionPage'), ...failures },
      },
    },
    (request) => service.list(callerOf(request), request.query),
  )
  app.get(
    '/v1/sessions/:id',
    { config: read, schema: { operationId: 'get_session', tags, params: Id, response: { 200: SessionView, ...failures } } },
    (request) => service.read(callerOf(request), request.params.id),
  )
  app.get(
    '/v1/sessions/:id/events',
    {
      config: read,
      schema: {
        operationId: 'list_session_events',
        tags,
        params: Id,
        querystring: SessionEventsQuery,
        response: { 200: PageOf(AuditEventView, 'AuditEventPage'), ...failures },
      },
    },
    (request) => service.events(callerOf(request), request.params.id, request.query),
  )
  app.post(
    '/v1/sessions/:id/terminate',
    {
      config: { permission: 'session.terminate' },
      schema: {
        operationId: 'terminate_session',
        tags,
        params: Id,
        body: Type.Optional(TerminateBody),
        response: { 202: SessionView, ...failures },
      },
    },
    async (request, reply) => {
      const session = await service.terminate(callerOf(request), request.params.id, request.body ?? {})
      void reply.status(202)
      return session
    },
  )
}
