import type { DetectorName } from '@sallyport/core'
import { apiKey } from './api-key.js'
import { awsKey } from './aws-key.js'
import { card } from './card.js'
import { connectionString } from './connection-string.js'
import { credential } from './credential.js'
import { email } from './email.js'
import type { Detector } from './found.js'
import { iban } from './iban.js'
import { ip } from './ip.js'
import { jwt } from './jwt.js'
import { passwordHash } from './password-hash.js'
import { phone } from './phone.js'
import { privateKey } from './private-key.js'
import { ssn } from './ssn.js'

/** One detector for every name that a policy may say. */
export const catalogue: Readonly<Record<DetectorName, Detector>> = {
  email,
  phone,
  card,
  iban,
  ssn,
  ip,
  jwt,
  aws_key: awsKey,
  api_key: apiKey,
  private_key: privateKey,
  password_hash: passwordHash,
  connection_string: connectionString,
  credential,
}
