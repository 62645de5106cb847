import type { Module } from '../module.js'
import { maskingKeyRoutes } from './routes.js'
import { createMaskingKeyService } from './service.js'

export const maskingKeys: Module = {
  name: 'masking-keys',
  register: (app, context) => maskingKeyRoutes(app, createMaskingKeyService(context)),
}
