export type { AccessRequest } from './request.js'
export type { Policy } from './policy.js'
