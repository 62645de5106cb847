import { alone, codeAt, isAlnum } from './context.js'
import type { Detector } from './found.js'
import { pattern } from './pattern.js'

/** How systems store passwords. Every repetition has an end, so that each pattern is linear wherever it begins. */
const shapes: readonly RegExp[] = [
  // Modular crypt format: bcrypt, MD5, SHA-256, SHA-512, Apache, yescrypt, phpass, Drupal, MySQL 8.
  String.raw`\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}`,
  String.raw`\$(?:1|5|6|apr1|sha1|md5|y|gy|7)\$[./A-Za-z0-9=,$]{24,200}`,
  String.raw`\$[PHS]\$[./A-Za-z0-9]{31,52}`,
  String.raw`\$A\$00[0-9]\$[^ "'<>]{40,90}`,
  // PHC string format.
  String.raw`\$(?:argon2(?:id|i|d)|scrypt|pbkdf2(?:-sha(?:1|256|512))?)\$[A-Za-z0-9+/=,.$-]{20,300}`,
  // Django, Werkzeug.
  String.raw`(?:pbkdf2_sha(?:1|256)|bcrypt_sha256|bcrypt|argon2|scrypt|md5|sha1)\$[A-Za-z0-9+/=,.$-]{20,300}`,
  String.raw`(?:pbkdf2:sha(?:1|256|512)(?::[0-9]{1,9})?|scrypt:[0-9]{1,8}:[0-9]{1,3}:[0-9]{1,3})\$[A-Za-z0-9./]{4,64}\$[0-9a-f]{32,128}`,
  // PostgreSQL.
  String.raw`SCRAM-SHA-(?:1|256)\$[0-9]{1,9}:[A-Za-z0-9+/=]{4,64}\$[A-Za-z0-9+/=]{20,64}:[A-Za-z0-9+/=]{20,64}`,
  String.raw`md5[0-9a-f]{32}`,
  // MySQL before 8.
  String.raw`\*[0-9A-F]{40}`,
  // RFC 2307.
  String.raw`\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[A-Z0-9-]{0,8}|ARGON2)\}[A-Za-z0-9+/=.$]{20,200}`,
].map((source) => pattern(source, 'g'))

/** What a column named for it may hold besides: a digest in hexadecimal. */
const digest = pattern(String.raw`^[ ]{0,4}(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})[ ]{0,4}$`)

export const passwordHash: Detector = {
  name: 'password_hash',
  possible: ({ length, run, dollars }) => length >= 24 && (dollars > 0 || run >= 16),
  find({ text, expected }, report) {
    for (const shape of shapes) {
      for (const { 0: hash, index } of text.matchAll(shape)) {
        const end = index + hash.length
        if (!isAlnum(codeAt(text, index - 1)) && !isAlnum(codeAt(text, end))) report(index, end, 0.95)
      }
    }
    if (expected && digest.test(text) && alone(text, 0, text.length)) report(0, text.length, 0.8)
  },
}
