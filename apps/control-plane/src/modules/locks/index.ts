import type { Module } from '../module.js'
import { lockRoutes } from './routes.js'
import { createLockService } from './service.js'

export const locks: Module = {
  name: 'locks',
  register: (app, context) => lockRoutes(app, createLockService(context)),
}
