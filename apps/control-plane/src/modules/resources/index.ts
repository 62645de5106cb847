import { documentRoutes } from '../../http/documents.js'
import { ResourceName } from '../../http/fields.js'
import type { Module } from '../module.js'
import { ResourceBody, ResourceFilters, ResourceView } from './schema.js'
import { createResourceService } from './service.js'

export const resources: Module = {
  name: 'resources',
  register: (app, context) =>
    documentRoutes(app, {
      path: '/v1/resources',
      one: 'resource',
      many: 'resources',
      name: ResourceName,
      body: ResourceBody,
      view: ResourceView,
      filters: ResourceFilters,
      permissions: { read: 'resource.read', write: 'resource.write' },
      service: createResourceService(context),
    }),
}
