import { Type, type TObject, type TSchema } from '@sinclair/typebox'
import { callerOf } from '../auth/authenticate.js'
import type { Caller } from '../auth/caller.js'
import type { Permission } from '../permissions.js'
import type { App } from './app.js'
import { etagOf, IfMatch, type Conditions } from './etag.js'
import { mergePatch } from './merge-patch.js'
import { PageOf, PageQuery, type Page } from './page.js'
import { invalid, Problem } from './problem.js'
import { assertValid } from './validation.js'

/**
 * The six routes that every declared document has. The service decides who may touch which one; routes only carry.
 * PUT by name is the declarative apply, PATCH a merge patch of what GET shows.
 */
export interface DocumentService<Body, View> {
  list(caller: Caller, query: PageQuery & Readonly<Record<string, unknown>>): Promise<Page<View>>
  /** Throws `not_found`, also where existence may not be told. */
  read(caller: Caller, name: string): Promise<Versioned<View>>
  /** The body that, put again, would change nothing. */
  draft(view: View): Body
  write(caller: Caller, wanted: Wanted<Body>): Promise<Versioned<View> & { readonly created: boolean }>
  remove(caller: Caller, name: string, conditions: Conditions): Promise<void>
}

export interface Versioned<View> {
  readonly view: View
  readonly version: number
}

export interface Wanted<Body> {
  readonly name: string
  readonly body: Body
  readonly conditions: Conditions
  /** Refused with `conflict` where the name is taken. */
  readonly createOnly?: boolean
}

export interface DocumentRoutes<Body extends { name?: string }, View extends Shown> {
  /** `/v1/resources` */
  readonly path: string
  /** For the operation ids and summaries: `resource`, `resources`. */
  readonly one: string
  readonly many: string
  readonly name: TSchema
  readonly body: TObject
  readonly view: TObject
  /** Makes a name for a POST without one; absent: POST must name. */
  readonly nameFor?: (body: Body) => string
  /** Further filters of the list. */
  readonly filters?: TObject
  readonly permissions: { readonly read: Permission; readonly write: Permission }
  readonly service: DocumentService<Body, View>
}

/** Throws `invalid` where body and path name different documents. */
export function checkName({ name, body }: { readonly name: string; readonly body: { readonly name?: string } }): void {
  if (body.name !== undefined && body.name !== name) throw invalid([{ path: '/name', message: 'differs from the name in the path' }])
}

/** What a response shows: plain JSON. */
type Shown = Record<string, unknown>

export const failures = { '4xx': Type.Ref(Problem), '5xx': Type.Ref(Problem) }

export function documentRoutes<Body extends { name?: string }, View extends Shown>(app: App, options: DocumentRoutes<Body, View>): void {
  reading(app, options)
  writing(app, options)
}

function reading<Body extends { name?: string }, View extends Shown>(
  app: App,
  { path, one, many, view, service, ...rest }: DocumentRoutes<Body, View>,
): void {
  const config = { permission: rest.permissions.read }
  const query = Type.Composite([PageQuery, rest.filters ?? Type.Object({})], { additionalProperties: false })
  const Name = Type.Object({ name: rest.name })
  app.get(
    path,
    {
      config,
      schema: {
        operationId: `list_${many}`,
        tags: [many],
        querystring: query,
        response: { 200: PageOf(view, `${String(view['title'])}Page`), ...failures },
      },
    },
    async (request) => service.list(callerOf(request), request.query),
  )
  app.get(
    `${path}/:name`,
    { config, schema: { operationId: `get_${one}`, tags: [many], params: Name, response: { 200: view, ...failures } } },
    async (request, reply) => {
      const found = await service.read(callerOf(request), nameIn(request.params))
      void reply.header('etag', etagOf(found))
      return found.view
    },
  )
}

function writing<Body extends { name?: string }, View extends Shown>(app: App, options: DocumentRoutes<Body, View>): void {
  const { path, one, many, view, service, body: schema } = options
  const config = { permission: options.permissions.write }
  const Name = Type.Object({ name: options.name })
  const common = { tags: [many], params: Name, headers: IfMatch }
  const { nameFor } = options
  const Named = nameFor === undefined ? named(schema, options.name) : schema
  app.post(
    path,
    { config, schema: { operationId: `create_${one}`, tags: [many], body: Named, response: { 201: view, ...failures } } },
    async (request, reply) => {
      const body = request.body as Body
      const name = body.name ?? nameFor?.(body) ?? ''
      const made = await service.write(callerOf(request), { name, body, conditions: {}, createOnly: true })
      void reply
        .status(201)
        .header('etag', etagOf(made))
        .header('location', `${path}/${encodeURIComponent(name)}`)
      return made.view
    },
  )
  app.put(
    `${path}/:name`,
    { config, schema: { operationId: `put_${one}`, ...common, body: schema, response: { 200: view, 201: view, ...failures } } },
    async (request, reply) => {
      const name = nameIn(request.params)
      const made = await service.write(callerOf(request), { name, body: request.body as Body, conditions: conditionsIn(request.headers) })
      void reply.status(made.created ? 201 : 200).header('etag', etagOf(made))
      return made.view
    },
  )
  app.patch(
    `${path}/:name`,
    {
      config,
      schema: {
        operationId: `patch_${one}`,
        ...common,
        body: Type.Object({}, { additionalProperties: true }),
        response: { 200: view, ...failures },
      },
    },
    async (request, reply) => {
      const name = nameIn(request.params)
      const present = await service.read(callerOf(request), name)
      const body = mergePatch(service.draft(present.view), request.body) as Body
      assertValid(schema, body)
      // What was read is what may be replaced, also where the client named no version.
      const conditions = { 'if-match': etagOf(present), ...conditionsIn(request.headers) }
      const made = await service.write(callerOf(request), { name, body, conditions })
      void reply.header('etag', etagOf(made))
      return made.view
    },
  )
  app.delete(
    `${path}/:name`,
    { config, schema: { operationId: `delete_${one}`, ...common, response: { 204: Type.Null(), ...failures } } },
    async (request, reply) => {
      await service.remove(callerOf(request), nameIn(request.params), conditionsIn(request.headers))
      return reply.status(204).send(null)
    },
  )
}

/** The same document with its name required, as a POST needs it. */
function named(schema: TObject, name: TSchema): TObject {
  return {
    ...schema,
    title: `New${String(schema['title'])}`,
    properties: { ...schema.properties, name },
    required: [...(schema.required ?? []), 'name'],
  }
}

function nameIn(params: unknown): string {
  return (params as { readonly name: string }).name
}

function conditionsIn(headers: Conditions): Conditions {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  return { ...(match !== undefined && { 'if-match': match }), ...(noneMatch !== undefined && { 'if-none-match': noneMatch }) }
}
