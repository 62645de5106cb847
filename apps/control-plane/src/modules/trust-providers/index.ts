import { documentRoutes } from '../../http/documents.js'
import { DocumentName } from '../../http/fields.js'
import type { Module } from '../module.js'
import { TrustProviderBody, TrustProviderView } from './schema.js'
import { createTrustProviderService } from './service.js'

export { TrustProviderBody } from './schema.js'
export { prepareProvider, saveProvider } from './service.js'

export const trustProviders: Module = {
  name: 'trust-providers',
  register: (app, context) =>
    documentRoutes(app, {
      path: '/v1/trust-providers',
      one: 'trust_provider',
      many: 'trust_providers',
      name: DocumentName,
      body: TrustProviderBody,
      view: TrustProviderView,
      permissions: { read: 'trust_provider.read', write: 'trust_provider.write' },
      service: createTrustProviderService(context),
    }),
}
