export * from './dialect.js'
export * from './engine.js'
export * from './ports.js'
export * from './protocol.js'
