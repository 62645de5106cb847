/**
 * A trust provider as its document says, validated. Issuer and audiences decide who may vouch; nothing a token says about
 * itself does. Made only by `parseTrustProvider`.
 */
export interface TrustProvider {
  readonly name: string
  readonly issuer: string
  /** Where the control plane fetches keys; absent: discovery below `issuer`. Nobody else fetches. */
  readonly jwksUri?: string
  /** Data-path audiences: a token with one of these never opens REST. */
  readonly audiences: readonly string[]
  readonly apiAudiences: readonly string[]
  readonly primary: boolean
}
