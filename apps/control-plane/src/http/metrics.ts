import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'
import type { App } from './app.js'

/** Prometheus text at `/metrics`. Labels are routes, never paths: a path may hold a name. */
export interface Metrics {
  readonly registry: Registry
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return { registry }
}

export function installMetrics(app: App, { registry }: Metrics): void {
  const labelNames = ['method', 'route', 'status']
  const requests = new Counter({ name: 'sallyport_http_requests_total', help: 'REST requests answered', labelNames, registers: [registry] })
  const durations = new Histogram({
    name: 'sallyport_http_request_seconds',
    help: 'Time to answer a REST request',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    requests.inc({ method: request.method, route, status: String(reply.statusCode) })
    durations.observe({ method: request.method, route }, reply.elapsedTime / 1_000)
  })
  app.get('/metrics', { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    void reply.type(registry.contentType).serializer((text: unknown) => String(text))
    return registry.metrics()
  })
}
