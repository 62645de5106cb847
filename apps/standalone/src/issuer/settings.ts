/** What the issuer is told by its environment, and what it keeps: keys and secrets that survive a restart. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writePrivate } from '@sallyport/host'
import { readRecord } from '../files.js'

export interface IssuerSettings {
  readonly port: number
  /** `demo/issuer.json` of the home. */
  readonly stateFile: string
  /** Whoever knows it may have tokens minted. */
  readonly secret: string
  /** Audiences of the data path and of REST. */
  readonly audiences: { readonly data: string; readonly api: string }
  /** Where a browser is sent back to after signing in. */
  readonly redirects: readonly string[]
}

export interface IssuerState {
  /** `iss` of every token: the address at the first start, whatever the port is now. */
  readonly issuer: string
  /** Private JSON Web Key, ES256. */
  readonly key: Readonly<Record<string, unknown>>
  readonly cookieKey: string
  /** Client secret of the console's sign-in. */
  readonly consoleSecret: string
}

/** Reads the state, or makes it at the first start, when `address` becomes the name for good. */
export async function keepState(file: string, address: string): Promise<IssuerState> {
  const { issuer, key, cookieKey, consoleSecret } = await readRecord(file)
  if (
    typeof issuer === 'string' &&
    typeof key === 'object' &&
    key !== null &&
    typeof cookieKey === 'string' &&
    typeof consoleSecret === 'string'
  )
    return { issuer, key: { ...key }, cookieKey, consoleSecret }
  const made: IssuerState = {
    issuer: address,
    key: makeKey(),
    cookieKey: randomBytes(32).toString('hex'),
    consoleSecret: randomBytes(32).toString('hex'),
  }
  await writePrivate(file, JSON.stringify(made))
  return made
}

function makeKey(): Readonly<Record<string, unknown>> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // A short key id: it is in every token, and OpenSSH's password field is small.
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(4).toString('hex'), alg: 'ES256', use: 'sig' }
}
