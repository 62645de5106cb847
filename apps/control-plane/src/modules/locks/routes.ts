import { Type } from '@sinclair/typebox'
import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { idOf } from '../../http/fields.js'
import { PageOf, PageQuery } from '../../http/page.js'
import { LockBody, LockView } from './schema.js'
import type { LockService } from './service.js'

const Id = Type.Object({ id: idOf('lck') })
const tags = ['locks']

export function lockRoutes(app: App, service: LockService): void {
  const read = { permission: 'lock.read' } as const
  const write = { permission: 'lock.write' } as const
  app.get(
    '/v1/locks',
    {
      config: read,
      schema: { operationId: 'list_locks', tags, querystring: PageQuery, response: { 200: PageOf(LockView, 'LockPage'), ...failures } },
    },
    (request) => service.list(request.query),
  )
  app.get(
    '/v1/locks/:id',
    { config: read, schema: { operationId: 'get_lock', tags, params: Id, response: { 200: LockView, ...failures } } },
    (request) => service.read(request.params.id),
  )
  app.post(
    '/v1/locks',
    { config: write, schema: { operationId: 'create_lock', tags, body: LockBody, response: { 201: LockView, ...failures } } },
    async (request, reply) => {
      const lock = await service.create(callerOf(request), request.body)
      void reply.status(201).header('location', `/v1/locks/${lock.id}`)
      return lock
    },
  )
  app.delete(
    '/v1/locks/:id',
    { config: write, schema: { operationId: 'delete_lock', tags, params: Id, response: { 204: Type.Null(), ...failures } } },
    async (request, reply) => {
      await service.remove(callerOf(request), request.params.id)
      return reply.status(204).send(null)
    },
  )
}
