export type { SignedHead } from './head.js'
