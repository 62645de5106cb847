import type { Module } from '../module.js'
import { agentRoutes } from './routes.js'
import { createAgentService } from './service.js'

export const agents: Module = {
  name: 'agents',
  register: (app, context) => agentRoutes(app, createAgentService(context)),
}
