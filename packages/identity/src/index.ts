export type { KeySource } from './keys.js'
export type { Mapping } from './mapping.js'
export {
  isLoopbackIssuer,
  type ParsedProvider,
  parseTrustProvider,
  type ProviderDefaults,
  type ProviderProblem,
  type TrustProvider,
} from './provider.js'
export { verifyToken, type VerifyOptions } from './verify.js'
