import type { Module } from '../module.js'
import { setupRoute } from './routes.js'
import { createSetup } from './service.js'

export const setup: Module = {
  name: 'setup',
  register: (app, context) => setupRoute(app, createSetup(context), context),
}
