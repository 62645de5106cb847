export * from './answers.js'
export * from './backend.js'
export * from './frontend.js'
export * from './text.js'
