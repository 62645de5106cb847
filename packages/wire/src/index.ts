export * from './error.js'
export * from './reader.js'
export * from './scanner.js'
export * from './writer.js'
