export * from './backend.js'
export * from './text.js'
