/** The demo's issuer as a process of its own: loopback only, its `iss` the same at every start of a home. */
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { watchParent } from '@sallyport/host'
import { makeProvider } from './provider.js'
import { type IssuerSettings, keepState } from './settings.js'
import { signIn } from './sign-in.js'

const settings = fromEnvironment(process.env)
const address = `http://127.0.0.1:${settings.port}`
const state = await keepState(settings.stateFile, address)
const provider = makeProvider(settings, state)
provider.on('server_error', (_ctx, error) => console.error(`issuer: ${error.message}`))
const handle = provider.callback()
const sign = signIn(provider, { ...settings, address }, state)

// A name that resolves to loopback must not let a web page talk to us (DNS rebinding).
const hosts = new Set([`127.0.0.1:${settings.port}`, `localhost:${settings.port}`])

const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (req, res) => {
  if (!hosts.has(req.headers.host ?? '')) {
    res.writeHead(421).end()
    return
  }
  const url = new URL(req.url ?? '/', address)
  sign(req, res, url)
    .then((done) => (done ? undefined : handle(req, res)))
    .catch((error: unknown) => {
      console.error(`issuer: ${error instanceof Error ? error.message : String(error)}`)
      if (!res.headersSent) res.writeHead(500)
      res.end()
    })
})

server.listen(settings.port, '127.0.0.1', () => console.log(`issuer ${state.issuer} at ${address}`))
const end = () => {
  server.close(() => process.exit(0))
  server.closeAllConnections()
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end)
watchParent(end)

function fromEnvironment(env: NodeJS.ProcessEnv): IssuerSettings {
  const folder = env['SALLYPORT_ISSUER_STATE']
  if (folder === undefined) {
    console.error('SALLYPORT_ISSUER_STATE is not set')
    process.exit(2)
  }
  return {
    port: Number(env['SALLYPORT_ISSUER_PORT']),
    stateFile: join(folder, 'issuer.json'),
    secret: readFileSync(join(folder, 'secret'), 'utf8').trim(),
    audiences: { data: env['SALLYPORT_AUDIENCE'] || 'sallyport', api: env['SALLYPORT_API_AUDIENCE'] || 'sallyport-api' },
    redirects: (env['SALLYPORT_ISSUER_REDIRECTS'] ?? '').split(' ').filter((uri) => uri !== ''),
  }
}
