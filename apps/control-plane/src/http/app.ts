import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:https'
import { randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import { SallyportError } from '@sallyport/core'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import {
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
  type RouteOptions,
} from 'fastify'
import { isRoutePermission, type RoutePermission } from '../permissions.js'
import { checkForm, createHostCheck } from './host.js'
import { findRepeated } from './json.js'
import { asKnown, invalid, sendProblem, unreadableProblem } from './problem.js'
import { compileValidator } from './validation.js'

/** The HTTP server before any route: limits, problem documents, the Host check, and the rule that a route names its permission. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: RoutePermission
  }
  interface FastifyInstance {
    /** Every route with its permission, for the check at boot and the walk of the tests. */
    readonly declaredRoutes: readonly RouteOptions[]
  }
}

export interface AppOptions {
  readonly log: FastifyBaseLogger
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Host and port of the public address, once known. */
  readonly publicHost: () => string | undefined
}

const maxBodyBytes = 1024 * 1024
const maxHeaderBytes = 48 * 1024
const requestTimeout = 30_000

export async function createApp({ log, tls, publicHost }: AppOptions): Promise<App> {
  const app: App = fastify({
    loggerInstance: log,
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, asKnown(error)),
    clientErrorHandler: refuseUnreadable,
    serverFactory: (handler) => {
      const limits = { maxHeaderSize: maxHeaderBytes, requestTimeout, headersTimeout: 10_000, keepAliveTimeout: 60_000 }
      const server =
        tls === undefined ? createServer(limits, handler) : createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, handler)
      server.maxRequestsPerSocket = 0
      return server
    },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(compileValidator)
  // Views are built field by field; the OpenAPI document describes them and the tests hold the two together.
  app.setSerializerCompiler(() => (payload) => JSON.stringify(payload))
  readJson(app)
  installProblems(app)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    strictTransportSecurity: tls === undefined ? false : { maxAge: 31_536_000 },
  })
  const checkHost = createHostCheck(publicHost)
  app.addHook('onRequest', async (request) => {
    checkForm(request)
    checkHost(request)
  })
  const routes: RouteOptions[] = []
  app.decorate('declaredRoutes', routes)
  app.addHook('onRoute', (route) => void routes.push(route))
  app.addHook('onReady', async () => refuseUndeclared(routes))
  return app
}

/** As Fastify reads it, prototypes refused, and no field twice. */
function readJson(app: App): void {
  const read = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>(['application/json', 'application/merge-patch+json'], { parseAs: 'string' }, (request, text, done) => {
    void read(request, text, (error, body) => {
      const repeated = error ? undefined : findRepeated(text)
      if (repeated) done(invalid([repeated]), undefined)
      else done(error, body)
    })
  })
}

/** Whatever a handler throws leaves as a problem document. */
function installProblems(app: App): void {
  app.setErrorHandler((error, request, reply) => {
    const known = asKnown(error)
    if (known.kind.fault === 'gateway') request.log.error({ err: error, code: known.code }, 'a request failed')
    return sendProblem(request, reply, known)
  })
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new SallyportError('not_found', 'there is nothing at this path and method')),
  )
}

/** A route that asks nobody would be open to everybody: the server does not boot with one. */
function refuseUndeclared(routes: readonly RouteOptions[]): void {
  const undeclared = routes
    .filter(({ config }) => !isRoutePermission(config?.permission))
    .map(({ method, url }) => `${String(method)} ${url}`)
  if (undeclared.length === 0) return
  throw new Error(`these routes declare no permission: ${undeclared.join(', ')}; give each config.permission, a row of src/permissions.ts`)
}

/** What is no HTTP, or too much of it, never becomes a request: it is answered on the bare socket. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  socket.end(unreadableProblem(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400))
}
