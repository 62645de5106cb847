import { isHex } from './alphabets.js'
import type { Detector } from './found.js'
import { pattern } from './pattern.js'
import { findShape, type Shape } from './shape.js'

const crypt = '[./A-Za-z0-9=,$]+'
const phc = '[A-Za-z0-9+/=,.$-]+'

/** How systems store passwords: mark, form, fewest and most characters. */
const rows: readonly (readonly [mark: string, tail: string, least: number, most: number])[] = [
  // Modular crypt format: bcrypt, MD5, SHA-256, SHA-512, Apache, yescrypt, phpass, Drupal, MySQL 8.
  ['$2', String.raw`^[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]+`, 59, 60],
  ...['1', '5', '6', 'apr1', 'sha1', 'md5', 'y', 'gy', '7'].map((id) => [`$${id}$`, String.raw`^${crypt}`, 27, 220] as const),
  ...['P', 'H', 'S'].map((id) => [`$${id}$`, String.raw`^[./A-Za-z0-9]+`, 34, 55] as const),
  ['$A$00', String.raw`^[0-9]\$[^ "'<>]+`, 45, 100],
  // PHC string format.
  ['$argon2', String.raw`^(?:id|i|d)\$${phc}`, 30, 320],
  ['$scrypt$', String.raw`^${phc}`, 30, 320],
  ['$pbkdf2', String.raw`^(?:-sha(?:1|256|512))?\$${phc}`, 30, 320],
  // Django and Werkzeug.
  ...['pbkdf2_sha256', 'pbkdf2_sha1', 'bcrypt_sha256', 'bcrypt', 'argon2', 'scrypt', 'md5', 'sha1'].map(
    (id) => [`${id}$`, String.raw`^${phc}`, 30, 320] as const,
  ),
  ['pbkdf2:sha', String.raw`^(?:1|256|512)(?::[0-9]+)?\$[A-Za-z0-9./]+\$[0-9a-f]+`, 50, 320],
  ['scrypt:', String.raw`^[0-9]+:[0-9]+:[0-9]+\$[A-Za-z0-9./]+\$[0-9a-f]+`, 50, 320],
  // PostgreSQL.
  ['SCRAM-SHA-', String.raw`^(?:1|256)\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+`, 70, 250],
  ['md5', '^[0-9a-f]+', 35, 35],
  // MySQL before 8.
  ['*', String.raw`^[0-9A-F]+`, 41, 41],
  // RFC 2307.
  ['{', String.raw`^(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[A-Z0-9-]*|ARGON2)\}[A-Za-z0-9+/=.$]+`, 26, 250],
]

const shapes: readonly Shape[] = rows.map(([mark, tail, least, most]) => ({ mark, tail: pattern(tail), least, most }))

/** Those that a text without the sign may hold. */
const plain = shapes.filter(({ mark, tail }) => !mark.includes('$') && !tail.source.includes(String.raw`\$`))

export const passwordHash: Detector = {
  name: 'password_hash',
  possible: ({ length, run, dollars }) => length >= 24 && (dollars > 0 || run >= 16),
  find({ text, expected }, report) {
    for (const shape of text.includes('$') ? shapes : plain) findShape(text, shape, report)
    if (expected && isDigest(text.trim())) report(0, text.length, 0.8)
  },
}

/** What a column that is named for it may hold besides: MD5 to SHA-512, in hexadecimal. */
const digests = new Set([32, 40, 56, 64, 96, 128])

function isDigest(text: string): boolean {
  if (!digests.has(text.length)) return false
  for (let i = 0; i < text.length; i++) if (!isHex(text.charCodeAt(i))) return false
  return true
}
