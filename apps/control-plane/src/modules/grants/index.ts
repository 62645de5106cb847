import type { Module } from '../module.js'
import { grantRoutes } from './routes.js'
import { createGrantService } from './service.js'

export const grants: Module = {
  name: 'grants',
  register: (app, context) => grantRoutes(app, createGrantService(context)),
}
