import { installAuth } from './auth/authenticate.js'
import type { Context } from './context.js'
import { createApp, type App, type AppOptions } from './http/app.js'
import { installHealth } from './http/health.js'
import { installIdempotency } from './http/idempotency.js'
import { createMetrics, installMetrics, type Metrics } from './http/metrics.js'
import { installOpenApi } from './http/openapi.js'
import { Problem } from './http/problem.js'
import { modules } from './modules/index.js'

export interface RestOptions extends Pick<AppOptions, 'tls' | 'publicHost'> {
  readonly context: Context
  readonly metrics?: Metrics
}

/** The whole REST surface, ready to listen or to be asked by `inject`. The order of hooks: Host, caller, permission, validation, idempotency. */
export async function createRest({ context, metrics = createMetrics(), ...options }: RestOptions): Promise<App> {
  const app = await createApp({ ...options, log: context.log })
  app.addSchema(Problem)
  installAuth(app, context)
  installIdempotency(app, context)
  await installOpenApi(app)
  installHealth(app, context)
  installMetrics(app, metrics)
  for (const module of modules) module.register(app, context)
  return app
}
