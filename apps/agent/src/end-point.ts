/**
 * Which hash names a certificate in channel binding (RFC 5929, section 4.1, `tls-server-end-point`): that of its own
 * signature algorithm, but SHA-256 in place of MD5 and SHA-1. A certificate (RFC 5280, section 4.1) is
 *
 *     SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { algorithm OBJECT IDENTIFIER, ... }, BIT STRING }
 */
export type EndPointHash = 'sha256' | 'sha384' | 'sha512'

/** DER of the object identifiers, in hex: RFC 8017 (PKCS #1) and RFC 5758 (ECDSA). */
const algorithms: Readonly<Record<string, EndPointHash>> = {
  '2a864886f70d010104': 'sha256', // md5WithRSAEncryption
  '2a864886f70d010105': 'sha256', // sha1WithRSAEncryption
  '2a864886f70d01010b': 'sha256', // sha256WithRSAEncryption
  '2a864886f70d01010c': 'sha384', // sha384WithRSAEncryption
  '2a864886f70d01010d': 'sha512', // sha512WithRSAEncryption
  '2a8648ce3d0401': 'sha256', // ecdsa-with-SHA1
  '2a8648ce3d040302': 'sha256', // ecdsa-with-SHA256
  '2a8648ce3d040303': 'sha384', // ecdsa-with-SHA384
  '2a8648ce3d040304': 'sha512', // ecdsa-with-SHA512
}

/** Undefined where the algorithm names no one hash (Ed25519) or is unknown: then there is nothing to bind to. */
export function endPointHash(certificate: Uint8Array): EndPointHash | undefined {
  const whole = element(certificate, 0)
  const signed = whole && element(certificate, whole.start)
  const algorithm = signed && element(certificate, signed.end)
  const identifier = algorithm && element(certificate, algorithm.start)
  if (identifier === undefined) return undefined
  return algorithms[Buffer.from(certificate.subarray(identifier.start, identifier.end)).toString('hex')]
}

/** The content of the DER element at `offset` (X.690, section 8.1.3): one length byte, or the number of those that follow. */
function element(bytes: Uint8Array, offset: number): { readonly start: number; readonly end: number } | undefined {
  const short = bytes[offset + 1]
  if (short === undefined) return undefined
  const count = short < 0x80 ? 0 : short & 0x7f
  let length = count === 0 ? short : 0
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[offset + 2 + i] ?? 0)
  const start = offset + 2 + count
  const end = start + length
  return count <= 4 && end <= bytes.length ? { start, end } : undefined
}
