import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { SallyportError } from '@sallyport/core'
import { saslprep } from './saslprep.js'

/**
 * The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677; PostgreSQL, "SASL Authentication").
 * The password never leaves; the server proves that it knows it too. A caller must not go on unless `verify` returned.
 */
export interface Scram {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'
  /** client-first-message. */
  readonly first: string
  /** client-final-message, from the server's first. Throws `SallyportError`. */
  final(serverFirst: string): Promise<string>
  /** Checks the server's signature. Throws `SallyportError`. */
  verify(serverFinal: string): void
}

export interface ScramOptions {
  readonly password: string
  /** What the server offers. */
  readonly mechanisms: readonly string[]
  readonly encrypted: boolean
  /** Hash of the server's certificate, RFC 5929 `tls-server-end-point`. */
  readonly endPoint?: Uint8Array
  /** For tests against published vectors. */
  readonly nonce?: string
  /** For tests against published vectors; PostgreSQL takes the name from the start-up packet and ignores this one. */
  readonly user?: string
}

/** A hostile target must not keep our threads busy. PostgreSQL's default is 4,096. */
const mostIterations = 1_000_000
const derive = promisify(pbkdf2)

/** Answers undefined when the server offers neither mechanism. */
export function createScram(options: ScramOptions): Scram | undefined {
  const { password, mechanisms, encrypted, endPoint, nonce = randomBytes(18).toString('base64'), user = '' } = options
  const plus = endPoint !== undefined && mechanisms.includes('SCRAM-SHA-256-PLUS')
  if (!plus && !mechanisms.includes('SCRAM-SHA-256')) return undefined
  // `y`: we could bind, the server seems not to: whoever hid its offer is caught by the server.
  const header = plus ? 'p=tls-server-end-point,,' : encrypted && endPoint ? 'y,,' : 'n,,'
  const binding = Buffer.concat([Buffer.from(header), plus ? endPoint : Buffer.alloc(0)]).toString('base64')
  const bare = `n=${user},r=${nonce}`
  let signature: Buffer | undefined

  return {
    mechanism: plus ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256',
    first: header + bare,
    async final(serverFirst) {
      const { combined, salt, iterations } = parseServerFirst(serverFirst, nonce)
      const salted = await derive(saslprep(password), salt, iterations, 32, 'sha256')
      const clientKey = hmac(salted, 'Client Key')
      const withoutProof = `c=${binding},r=${combined}`
      const message = `${bare},${serverFirst},${withoutProof}`
      const proof = xor(clientKey, hmac(createHash('sha256').update(clientKey).digest(), message))
      signature = hmac(hmac(salted, 'Server Key'), message)
      return `${withoutProof},p=${proof.toString('base64')}`
    },
    verify(serverFinal) {
      const match = /^v=([A-Za-z0-9+/]{43}=)$/.exec(serverFinal)
      const sent = match ? Buffer.from(match[1]!, 'base64') : undefined
      if (signature && sent?.length === signature.length && timingSafeEqual(sent, signature)) return
      throw new SallyportError('target_rejected', 'the target did not prove that it knows the password of its own login')
    },
  }
}

function parseServerFirst(text: string, nonce: string): { combined: string; salt: Buffer; iterations: number } {
  const match = /^r=([\x21-\x2b\x2d-\x7e]{1,512}),s=([A-Za-z0-9+/]{4,512}={0,2}),i=([1-9][0-9]{0,9})$/.exec(text)
  if (!match) throw new SallyportError('target_rejected', 'the target sent a SCRAM message that cannot be understood')
  const [, combined, salt, count] = match as unknown as [string, string, string, string]
  const iterations = Number(count)
  if (!combined.startsWith(nonce) || combined.length === nonce.length) {
    throw new SallyportError('target_rejected', 'the target answered the SCRAM exchange of somebody else')
  }
  if (iterations > mostIterations) throw new SallyportError('target_rejected', 'the target demands too many SCRAM iterations')
  return { combined, salt: Buffer.from(salt, 'base64'), iterations }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ b[i]!))
}
