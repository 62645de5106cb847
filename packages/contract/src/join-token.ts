import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * `sjt_SECRET.PIN`: the secret lets one agent in, once; the pin is the SHA-256 of the CA's public key
 * (SubjectPublicKeyInfo, DER), so that the agent knows whom it may tell the secret. A caller must not send the secret
 * before a chain was verified up to the pinned key, nor log a token.
 */
export interface JoinToken {
  /** 32 random bytes, base64url. */
  readonly secret: string
  /** SHA-256, base64url. */
  readonly pin: string
}

const shape = /^sjt_([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/

export function formatJoinToken(token: JoinToken): string {
  return `sjt_${token.secret}.${token.pin}`
}

/** Answers `undefined` for anything else than a join token. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const [, secret, pin] = shape.exec(text.trim()) ?? []
  return secret === undefined || pin === undefined ? undefined : { secret, pin }
}

/** The pin of a public key in SubjectPublicKeyInfo DER. */
export function pinOf(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('base64url')
}

export function pinFits(pin: string, spki: Uint8Array): boolean {
  const [a, b] = [Buffer.from(pin), Buffer.from(pinOf(spki))]
  return a.length === b.length && timingSafeEqual(a, b)
}
