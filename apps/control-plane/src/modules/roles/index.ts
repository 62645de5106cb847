import { documentRoutes } from '../../http/documents.js'
import { DocumentName } from '../../http/fields.js'
import type { Module } from '../module.js'
import { RoleBody, RoleView } from './schema.js'
import { createRoleService, nameFor } from './service.js'

export const roles: Module = {
  name: 'roles',
  register: (app, context) =>
    documentRoutes(app, {
      path: '/v1/roles',
      one: 'role',
      many: 'roles',
      name: DocumentName,
      body: RoleBody,
      view: RoleView,
      nameFor,
      permissions: { read: 'role.read', write: 'role.write' },
      service: createRoleService(context),
    }),
}
