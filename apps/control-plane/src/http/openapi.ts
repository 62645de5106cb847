import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type } from '@sinclair/typebox'
import type { App } from './app.js'

/** The pages of the documentation run their own scripts and nobody else's. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** OpenAPI 3.1 of exactly the routes that are served. Must be installed before them. */
export async function installOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sallyport',
        version: '1',
        description: 'Identity-aware access gateway: what may be reached, who may reach it, and the trail of who did.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token of a trust provider for an API audience' },
        },
      },
      security: [{ bearer: [] }],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json['$id'] === 'string' ? json['$id'] : `def-${i}`) },
  })
  app.get('/openapi.json', { config: { permission: 'public' }, schema: { hide: true, response: { 200: Type.Any() } } }, async () =>
    openApiOf(app),
  )
  // Whoever opens the address that `npm start` prints in a browser finds something to read.
  app.get('/', { config: { permission: 'public' }, schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, permission: 'public' }
    })
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      theme: { title: 'Sallyport API', css: [{ filename: 'sallyport.css', content: '.swagger-ui .topbar { display: none }' }] },
      staticCSP: true,
      transformStaticCSP: () => docsPolicy,
      transformSpecification: () => openApiOf(app),
      transformSpecificationClone: false,
    })
  })
}

type Json = Readonly<Record<string, unknown>>

/** The document with every titled type once, under its name, so that generated clients have names for them. */
export function openApiOf(app: App): Json {
  const document = app.swagger() as unknown as Json & { readonly components: Json & { readonly schemas?: Json } }
  const schemas = new Map<string, unknown>()
  const paths = withIdempotency(hoist(document['paths'], schemas) as Paths)
  const named = [...schemas].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...document,
    paths,
    components: { ...document.components, schemas: { ...document.components.schemas, ...Object.fromEntries(named) } },
  }
}

function hoist(value: unknown, schemas: Map<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, schemas))
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(Object.entries(value).map(([key, part]: [string, unknown]) => [key, hoist(part, schemas)]))
  const choice = choices(copy)
  if (choice !== undefined) return choice
  const { title } = copy
  if (typeof title !== 'string' || !/^[A-Z][A-Za-z]+$/.test(title)) return copy
  schemas.set(title, copy)
  return { $ref: `#/components/schemas/${title}` }
}

/** One of several texts, said as an enum. */
function choices({ anyOf, ...rest }: Json): Json | undefined {
  if (!Array.isArray(anyOf)) return undefined
  // The generator has turned each constant into an enum of one.
  const values = anyOf.map(
    (option: Json) =>
      option['const'] ?? (Array.isArray(option['enum']) && option['enum'].length === 1 ? (option['enum'] as unknown[])[0] : undefined),
  )
  return values.every((value) => typeof value === 'string') ? { ...rest, type: 'string', enum: values } : undefined
}

type Paths = Readonly<Record<string, Readonly<Record<string, Json>>>>

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request gets the same answer once more, for a day',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

function withIdempotency(paths: Paths): Paths {
  const add = ({ post, ...others }: Readonly<Record<string, Json>>) => {
    if (post === undefined || post['security'] !== undefined) return { ...others, ...(post && { post }) }
    return { ...others, post: { ...post, parameters: [...((post['parameters'] as readonly Json[] | undefined) ?? []), idempotencyKey] } }
  }
  return Object.fromEntries(Object.entries(paths).map(([path, operations]) => [path, add(operations)]))
}
