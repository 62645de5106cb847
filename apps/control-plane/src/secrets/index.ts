export * from './box.js'
export * from './master-key.js'
export * from './rotate.js'
export * from './settings.js'
