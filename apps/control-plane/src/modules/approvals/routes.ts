import { Type } from '@sinclair/typebox'
import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { idOf } from '../../http/fields.js'
import { PageOf } from '../../http/page.js'
import { ApprovalQuery, ApprovalView, DecisionBody } from './schema.js'
import type { ApprovalService } from './service.js'

const Id = Type.Object({ id: idOf('apr') })
const tags = ['approvals']
const read = { permission: 'approval.read' } as const

export function approvalRoutes(app: App, service: ApprovalService): void {
  app.get(
    '/v1/approvals',
    {
      config: read,
      schema: {
        operationId: 'list_approvals',
        tags,
        querystring: ApprovalQuery,
        response: { 200: PageOf(ApprovalView, 'ApprovalPage'), ...failures },
      },
    },
    (request) => service.list(callerOf(request), request.query),
  )
  app.get(
    '/v1/approvals/:id',
    { config: read, schema: { operationId: 'get_approval', tags, params: Id, response: { 200: ApprovalView, ...failures } } },
    (request) => service.read(callerOf(request), request.params.id),
  )
  app.post(
    '/v1/approvals/:id/decision',
    {
      config: { permission: 'approval.decide' },
      schema: { operationId: 'decide_approval', tags, params: Id, body: DecisionBody, response: { 200: ApprovalView, ...failures } },
    },
    (request) => service.decide(callerOf(request), request.params.id, request.body),
  )
}
