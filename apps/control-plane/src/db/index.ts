export * from './changes.js'
export * from './database.js'
export * from './migrate.js'
export * from './problems.js'
