import { Type } from '@sinclair/typebox'
import { callerOf } from '../../auth/authenticate.js'
import type { App } from '../../http/app.js'
import { failures } from '../../http/documents.js'
import { idOf } from '../../http/fields.js'
import { AgentPage, AgentPatch, AgentQuery, AgentView, JoinTokenBody, JoinTokenView } from './schema.js'
import type { AgentService } from './service.js'

const Id = Type.Object({ id: idOf('agt') })
const tags = ['agents']
const read = { permission: 'agent.read' } as const
const write = { permission: 'agent.write' } as const

export function agentRoutes(app: App, service: AgentService): void {
  app.get(
    '/v1/agents',
    {
      config: read,
      schema: { operationId: 'list_agents', tags, querystring: AgentQuery, response: { 200: AgentPage, ...failures } },
    },
    (request) => service.list(request.query),
  )
  app.get(
    '/v1/agents/:id',
    { config: read, schema: { operationId: 'get_agent', tags, params: Id, response: { 200: AgentView, ...failures } } },
    (request) => service.read(request.params.id),
  )
  app.patch(
    '/v1/agents/:id',
    {
      config: write,
      schema: { operationId: 'patch_agent', tags, params: Id, body: AgentPatch, response: { 200: AgentView, ...failures } },
    },
    (request) => service.relabel(callerOf(request), request.params.id, request.body),
  )
  app.delete(
    '/v1/agents/:id',
    { config: write, schema: { operationId: 'revoke_agent', tags, params: Id, response: { 204: Type.Null(), ...failures } } },
    async (request, reply) => {
      await service.revoke(callerOf(request), request.params.id)
      return reply.status(204).send(null)
    },
  )
  app.post(
    '/v1/agents/:id/release',
    {
      config: write,
      schema: {
        operationId: 'release_agent',
        tags,
        params: Id,
        summary: 'Let a quarantined agent serve again',
        response: { 200: AgentView, ...failures },
      },
    },
    (request) => service.release(callerOf(request), request.params.id),
  )
  app.post(
    '/v1/agents/join-tokens',
    {
      config: write,
      schema: { operationId: 'create_join_token', tags, body: Type.Optional(JoinTokenBody), response: { 201: JoinTokenView, ...failures } },
    },
    async (request, reply) => {
      const token = await service.createJoinToken(callerOf(request), request.body ?? {})
      void reply.status(201).header('cache-control', 'no-store')
      return token
    },
  )
}
