export type { Endpoint, Ready } from './home.js'
