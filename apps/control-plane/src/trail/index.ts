export * from './digest.js'
export * from './record.js'
