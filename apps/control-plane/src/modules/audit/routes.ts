import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { PageOf } from '../../http/page.js'
import { AuditEventView, AuditQuery } from './schema.js'
import type { AuditService } from './service.js'

export function auditRoutes(app: App, service: AuditService): void {
  app.get(
    '/v1/audit/events',
    {
      config: { permission: 'audit.read' },
      schema: {
        operationId: 'list_audit_events',
        tags: ['audit'],
        querystring: AuditQuery,
        response: { 200: PageOf(AuditEventView, 'AuditEventPage'), ...failures },
      },
    },
    (request) => service.list(request.query),
  )
}
