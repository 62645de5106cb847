import type { Module } from '../module.js'
import { meRoute } from './routes.js'

export const me: Module = { name: 'me', register: (app) => meRoute(app) }
