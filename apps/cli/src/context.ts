/**
 * Where the control plane is and who calls, found out as users expect: flags, environment, the standalone of the home.
 * Tokens never reach arguments of other processes, messages or files.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Audience } from './audience.js'
import { mint } from './demo-issuer.js'
import { Failure, Usage } from './failure.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** `ready.json` of a standalone, as far as this tool needs it. */
export interface Ready {
  readonly http: string
  readonly postgres: { readonly host: string; readonly port: number }
  readonly admin: string
  readonly issuer: string
  readonly ca: string
  /** Of REST, where its certificate is of an authority of the standalone's own. */
  readonly http_ca?: string
}

export interface Context {
  /** Origin of REST. */
  readonly url: string
  /** PEM of certificates to trust there beside the system's. */
  readonly ca?: string
  /** Of the standalone in the home, when one runs. */
  readonly ready?: Ready
  readonly home: string
  /** A token for the data path or for REST, and the name its owner goes by. */
  token(audience: Audience): Promise<Caller>
}

export interface Caller {
  readonly token: string
  /** As the token says, unverified: only the server's word counts. */
  readonly name: string
}

export interface ContextOptions {
  readonly env: Environment
  readonly as?: string
  /** For what a person should know and a pipe should not. */
  readonly say: (line: string) => void
}

export function findContext({ env, as, say }: ContextOptions): Context {
  const home = resolve(env['SALLYPORT_HOME'] || '.sallyport')
  const ready = readReady(home)
  const url = env['SALLYPORT_URL'] || ready?.http
  if (url === undefined)
    throw new Failure(`no control plane: SALLYPORT_URL is not set, and nothing runs in ${home} (SALLYPORT_HOME); start one with: npm start`)
  if (!URL.canParse(url)) throw new Usage(`SALLYPORT_URL is no URL: ${url}`)
  const found = new Map<Audience, Promise<Caller>>()
  const token = (audience: Audience) => {
    const caller = found.get(audience) ?? findCaller({ env, ready, home, url, as, say }, audience)
    found.set(audience, caller)
    return caller
  }
  const ca = ready?.http === url && ready.http_ca !== undefined ? readCertificate(ready.http_ca) : undefined
  return { url, home, ...(ready && { ready }), ...(ca !== undefined && { ca }), token }
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Failure(`the certificate of the control plane's authority cannot be read: ${path}`)
  }
}

interface Search {
  readonly env: Environment
  readonly ready: Ready | undefined
  readonly home: string
  readonly url: string
  readonly as: string | undefined
  readonly say: (line: string) => void
}

async function findCaller({ env, ready, home, url, as, say }: Search, audience: Audience): Promise<Caller> {
  const given = env['SALLYPORT_TOKEN']
  if (as === undefined && given) return { token: given, name: subjectOf(given) }
  if (as === undefined && ready?.http !== url) throw new Failure('nobody to be: set SALLYPORT_TOKEN to a token of your identity provider')
  if (ready === undefined) throw new Failure(`--as works with the demo issuer of a standalone only, and none runs in ${home}`)
  const name = as ?? 'root'
  if (as === undefined) say('calling as root of the demo; --as NAME or SALLYPORT_TOKEN says otherwise')
  return { token: await mint({ issuer: ready.issuer, home, name, audience }), name }
}

function subjectOf(token: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null && 'sub' in claims ? String(claims.sub) : ''
  } catch {
    return ''
  }
}

function readReady(home: string): Ready | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'ready.json'), 'utf8')) as Ready
  } catch {
    return undefined
  }
}
