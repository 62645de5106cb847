import { documentRoutes } from '../../http/documents.js'
import { DocumentName } from '../../http/fields.js'
import type { Module } from '../module.js'
import { createClassifier } from './classify.js'
import { createEvaluation } from './evaluate.js'
import { evaluateRoute } from './routes.js'
import { PolicyBody, PolicyView } from './schema.js'
import { createPolicyService } from './service.js'

export const policies: Module = {
  name: 'policies',
  register: (app, context) => {
    const classify = createClassifier(context.db)
    documentRoutes(app, {
      path: '/v1/policies',
      one: 'policy',
      many: 'policies',
      name: DocumentName,
      body: PolicyBody,
      view: PolicyView,
      permissions: { read: 'policy.read', write: 'policy.write' },
      service: createPolicyService(context, classify),
    })
    evaluateRoute(app, createEvaluation(context, classify))
  },
}
