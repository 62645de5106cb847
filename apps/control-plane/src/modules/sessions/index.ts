import type { Module } from '../module.js'
import { sessionRoutes } from './routes.js'
import { createSessionService } from './service.js'

export const sessions: Module = {
  name: 'sessions',
  register: (app, context) => sessionRoutes(app, createSessionService(context)),
}
