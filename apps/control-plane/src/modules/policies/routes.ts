import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import type { Evaluate } from './evaluate.js'
import { EvaluateBody, EvaluationView, PolicyBody, PolicyTestView } from './schema.js'
import type { TryPolicy } from './tests.js'

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

export function testRoute(app: App, tryPolicy: TryPolicy): void {
  app.post(
    '/v1/policies/test',
    {
      config: { permission: 'policy.evaluate' },
      schema: {
        operationId: 'test_policy',
        tags: ['policies'],
        summary: 'Run the tests inside a policy without saving it',
        body: PolicyBody,
        response: { 200: PolicyTestView, ...failures },
      },
    },
    (request) => tryPolicy(callerOf(request), request.body),
  )
}
