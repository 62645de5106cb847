import type { Module } from '../module.js'
import { auditRoutes } from './routes.js'
import { createAuditService } from './service.js'

export { AuditEventView } from './schema.js'
export { fromAgent } from './view.js'

export const audit: Module = {
  name: 'audit',
  register: (app, context) => auditRoutes(app, createAuditService(context)),
}
