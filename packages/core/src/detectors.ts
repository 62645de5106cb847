/**
 * What content detectors find, by the names that policies write (`detect: [email, card]`), and the label that a column
 * full of it deserves. `packages/masking` has one detector for each; a name that is not here is no detector.
 */
export interface DetectorFact {
  /** Of a column whose values are mostly this. */
  readonly label: string
  /** What it finds, as half a sentence for documentation and screens. */
  readonly finds: string
}

export const detectors = {
  email: { label: 'pii.email', finds: 'e-mail addresses' },
  phone: { label: 'pii.phone', finds: 'telephone numbers in international form, or in a national form beside a word for one' },
  card: { label: 'pii.card', finds: 'payment card numbers: issuer range and check digit' },
  iban: { label: 'pii.iban', finds: 'international bank account numbers: length of the country and check digits' },
  ssn: { label: 'pii.ssn', finds: 'social security numbers of the United States' },
  ip: { label: 'pii.ip', finds: 'IPv4 and IPv6 addresses of hosts' },
  jwt: { label: 'secret.jwt', finds: 'JSON web tokens' },
  aws_key: { label: 'secret.key', finds: 'access keys of AWS, and secret keys beside a word for one' },
  api_key: {
    label: 'secret.key',
    finds: 'tokens that their makers mark: GitHub, GitLab, Slack, Stripe, Google, npm, OpenAI, Anthropic and others',
  },
  private_key: { label: 'secret.private_key', finds: 'private keys in PEM, of OpenSSH, PGP and PuTTY' },
  password_hash: {
    label: 'secret.password_hash',
    finds: 'stored passwords: bcrypt, argon2, scrypt, PBKDF2, crypt, SCRAM, LDAP and others',
  },
  connection_string: { label: 'secret.connection_string', finds: 'addresses and connection strings with a password in them' },
  credential: { label: 'secret.credential', finds: 'passwords and keys that are assigned to a name for one, and bearer tokens' },
} as const satisfies Readonly<Record<string, DetectorFact>>

export type DetectorName = keyof typeof detectors

export const detectorNames = Object.keys(detectors) as readonly DetectorName[]
