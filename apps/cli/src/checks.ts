/** What the doctor looks at. A check answers what it found, or throws what is wrong. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { unwrap } from '@sallyport/client'
import { apiFor, everyPage } from './api.js'
import type { Acting } from './command.js'
import { Failure } from './failure.js'
import { checkPostures } from './posture.js'

type Check = (acting: Acting) => Promise<string>

const timeout = 5_000
/** More than this and tokens look expired, or not valid yet. */
const tolerableSkew = 30_000

export const checks: Readonly<Record<string, Check>> = {
  node: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    if (major < 20 || (major === 20 && minor < 19)) throw new Failure(`${process.versions.node} is too old: 20.19 or newer is needed`)
    return process.versions.node
  },
  'control plane': async ({ context }) => {
    const { response: answer, error } = await apiFor(context, true).GET('/readyz', { signal: AbortSignal.timeout(timeout) })
    if (!answer.ok) throw new Failure(`${context.url}/readyz answers ${answer.status}: ${(JSON.stringify(error) ?? '').slice(0, 300)}`)
    const skew = Math.abs(Date.parse(answer.headers.get('date') ?? '') - Date.now())
    if (skew > tolerableSkew) throw new Failure(`its clock and this one differ by ${Math.round(skew / 1000)} s`)
    return `${context.url} is ready`
  },
  caller: async ({ api }) => {
    const { principal } = await unwrap(api.GET('/v1/me'))
    return `known as ${principal.provider}/${principal.subject}`
  },
  agents: async ({ api }) => {
    const { items } = await everyPage((query) => unwrap(api.GET('/v1/agents', { params: { query } })))
    const connected = items.filter(({ state }) => state === 'connected')
    if (connected.length === 0) throw new Failure(`none of ${items.length} is connected: nothing can be reached`)
    const complaints = connected.flatMap(({ last_error }) => last_error ?? [])
    if (complaints.length > 0) throw new Failure(`refused a configuration: ${complaints.join('; ')}`)
    return `${connected.length} of ${items.length} connected`
  },
  targets: ({ api }) => checkPostures(api),
  agent: async ({ context }) => {
    if (context.ready === undefined) return 'not of this machine: ask its own /readyz'
    const answer = await fetch(new URL('/readyz', context.ready.admin), { signal: AbortSignal.timeout(timeout) })
    if (!answer.ok) throw new Failure(`${context.ready.admin}/readyz answers ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
    return `${context.ready.admin} is ready`
  },
  postgres: async ({ context }) => {
    if (context.ready === undefined) return 'not of this machine: try sallyport exec'
    const { host, port } = context.ready.postgres
    const until = await certificateExpiry({ host, port, ca: readFileSync(context.ready.ca, 'utf8') })
    return `${host}:${port} speaks TLS; its certificate is valid until ${until}`
  },
  psql: async () => {
    const { status, stdout } = spawnSync('psql', ['--version'], { encoding: 'utf8' })
    if (status !== 0) throw new Failure('not installed: apt-get install postgresql-client, or brew install libpq')
    return stdout.trim()
  },
}

interface Listener {
  readonly host: string
  readonly port: number
  readonly ca: string
}

/** Asks for TLS as PostgreSQL clients do (protocol documentation, "SSL Session Encryption") and verifies as `verify-full` would. */
async function certificateExpiry({ host, port, ca }: Listener): Promise<string> {
  const socket = connect(port, host)
  try {
    const signal = AbortSignal.timeout(timeout)
    await once(socket, 'connect', { signal })
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer]
    if (answer.toString() !== 'S') throw new Failure(`${host}:${port} is no PostgreSQL listener with TLS`)
    const tls = connectTls({ socket, ca, servername: host === '127.0.0.1' ? 'localhost' : host })
    await once(tls, 'secureConnect', { signal })
    const { valid_to } = tls.getPeerCertificate()
    tls.destroy()
    return new Date(valid_to).toISOString()
  } finally {
    socket.destroy()
  }
}
