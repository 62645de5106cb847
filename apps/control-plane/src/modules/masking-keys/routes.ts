import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { PageOf, PageQuery } from '../../http/page.js'
import { MaskingKeyView } from './schema.js'
import type { MaskingKeyService } from './service.js'

const tags = ['masking']

export function maskingKeyRoutes(app: App, service: MaskingKeyService): void {
  app.get(
    '/v1/masking/keys',
    {
      config: { permission: 'masking_key.read' },
      schema: {
        operationId: 'list_masking_keys',
        tags,
        querystring: PageQuery,
        response: { 200: PageOf(MaskingKeyView, 'MaskingKeyPage'), ...failures },
      },
    },
    (request) => service.list(request.query),
  )
  app.post(
    '/v1/masking/keys',
    {
      config: { permission: 'masking_key.write' },
      schema: {
        operationId: 'rotate_masking_keys',
        tags,
        summary: 'Begin a new epoch: equal values get other tokens from now on',
        response: { 201: MaskingKeyView, ...failures },
      },
    },
    async (request, reply) => {
      const key = await service.rotate(callerOf(request))
      void reply.status(201)
      return key
    },
  )
}
