import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { number, object, text } from './canonical.js'

/** The end of a chain, signed by the agent: binds (agent, instance, spool, sequence, hash) so that no tail can be cut unseen. */
export interface SignedHead extends Head {
  /** Ed25519 over the canonical encoding of the fields of `Head`. */
  readonly signature: Uint8Array
}

export interface Head {
  readonly agent: string
  readonly instance: string
  readonly spool: string
  /** Sequence of the last record covered. */
  readonly sequence: number
  /** SHA-256 in hex of that record. */
  readonly hash: string
}

const domain = 'sallyport.audit.head.v1\n'

const encodeHead = object<Head>({ agent: text, instance: text, spool: text, sequence: number, hash: text })

function signed(head: Head): Buffer {
  return Buffer.from(domain + encodeHead(head))
}

/** Signs with an Ed25519 private key; throws for a key of another kind. */
export function signHead(head: Head, privateKey: KeyObject): SignedHead {
  requireEd25519(privateKey)
  const { agent, instance, spool, sequence, hash } = head
  return { agent, instance, spool, sequence, hash, signature: sign(null, signed(head), privateKey) }
}

/** Says whether the holder of the key signed exactly this head. Never throws for what the head holds. */
export function verifyHead(head: SignedHead, publicKey: KeyObject): boolean {
  requireEd25519(publicKey)
  try {
    return verify(null, signed(head), publicKey, head.signature)
  } catch {
    return false
  }
}

/** Without this, an RSA or ECDSA key would sign with its own default digest, and look as if it had worked. */
function requireEd25519(key: KeyObject): void {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the trail is signed with Ed25519 keys only')
}
