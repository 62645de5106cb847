import type { Module } from '../module.js'
import { labelSuggestionRoutes } from './routes.js'
import { createLabelSuggestionService } from './service.js'

export const labelSuggestions: Module = {
  name: 'label-suggestions',
  register: (app, context) => labelSuggestionRoutes(app, createLabelSuggestionService(context)),
}
