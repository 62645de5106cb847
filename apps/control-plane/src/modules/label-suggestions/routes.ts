import { Type } from '@sinclair/typebox'
import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { ResourceName } from '../../http/fields.js'
import { LabelSuggestionBody, LabelSuggestionView } from './schema.js'
import type { LabelSuggestionService } from './service.js'

const Name = Type.Object({ name: ResourceName })
const tags = ['resources']
const path = '/v1/resources/:name/label-suggestions'

export function labelSuggestionRoutes(app: App, service: LabelSuggestionService): void {
  app.get(
    path,
    {
      config: { permission: 'label_suggestion.read' },
      schema: {
        operationId: 'get_label_suggestions',
        tags,
        summary: 'Columns that look as if they needed a label, with counts and no values',
        params: Name,
        response: { 200: LabelSuggestionView, ...failures },
      },
    },
    (request) => service.read(callerOf(request), request.params.name),
  )
  app.post(
    path,
    {
      config: { permission: 'label_suggestion.write' },
      schema: {
        operationId: 'suggest_labels',
        tags,
        summary: 'Have an agent sample the target for columns that need a label',
        params: Name,
        body: Type.Optional(LabelSuggestionBody),
        response: { 202: LabelSuggestionView, ...failures },
      },
    },
    async (request, reply) => {
      const { name } = request.params
      const view = await service.start(callerOf(request), name, request.body ?? {})
      void reply.status(202).header('location', `/v1/resources/${name}/label-suggestions`)
      return view
    },
  )
}
