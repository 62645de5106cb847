export type { KeySource } from './keys.js'
export type { TrustProvider } from './provider.js'
export { verifyToken, type VerifyOptions } from './verify.js'
