import type { Module } from '../module.js'
import { approvalRoutes } from './routes.js'
import { createApprovalService } from './service.js'

export const approvals: Module = {
  name: 'approvals',
  register: (app, context) => approvalRoutes(app, createApprovalService(context)),
}
