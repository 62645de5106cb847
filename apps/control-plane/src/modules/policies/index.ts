import { documentRoutes } from '../../http/documents.js'
import { DocumentName } from '../../http/fields.js'
import type { Module } from '../module.js'
import { createClassifier } from './classify.js'
import { createEvaluation } from './evaluate.js'
import { evaluateRoute, testRoute } from './routes.js'
import { PolicyBody, PolicyView } from './schema.js'
import { createPolicyService } from './service.js'
import { createPolicyCache } from './store.js'
import { createTests, createTrial } from './tests.js'
import { createWarnings } from './warnings.js'

export const policies: Module = {
  name: 'policies',
  register: (app, context) => {
    const classify = createClassifier(context.db)
    const cache = createPolicyCache(context.db)
    const tests = createTests(context.db, classify)
    const warn = createWarnings(context.db)
    documentRoutes(app, {
      path: '/v1/policies',
      one: 'policy',
      many: 'policies',
      name: DocumentName,
      body: PolicyBody,
      view: PolicyView,
      permissions: { read: 'policy.read', write: 'policy.write' },
      service: createPolicyService(context, { tests, cache, warn }),
    })
    evaluateRoute(app, createEvaluation(context, { classify, cache, warn }))
    testRoute(app, createTrial(tests, warn))
  },
}
