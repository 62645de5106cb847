import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import type { Evaluate } from './evaluate.js'
import { EvaluateBody, EvaluationView } from './schema.js'

export function evaluateRoute(app: App, evaluate: Evaluate): void {
  app.post(
    '/v1/policies/evaluate',
    {
      config: { permission: 'policy.evaluate' },
      schema: { operationId: 'evaluate_policies', tags: ['policies'], body: EvaluateBody, response: { 200: EvaluationView, ...failures } },
    },
    (request) => evaluate(callerOf(request), request.body),
  )
}
