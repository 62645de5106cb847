/** The embedded PostgreSQL of a home, started again when it dies, with the databases and roles that the others need. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningPostgres, startPostgres } from '@sallyport/embedded-postgres'
import { ensureControlPlaneDatabase, ensureShopDatabase } from './databases.js'
import { fillShop } from './demo/shop/fill.js'
import { keepSecret } from './files.js'
import type { Home } from './home.js'
import type { LogFile } from './log-file.js'

export interface Database {
  /** For the control plane. */
  readonly url: string
  readonly shop?: { readonly port: number; readonly user: string; readonly password: string }
  pid(): number
  stop(): Promise<void>
}

export interface DatabaseOptions {
  readonly home: Home
  readonly port: number
  readonly demo: boolean
  readonly log: LogFile
  /** Called when another process took the place of one that died. */
  readonly replaced: () => void
  readonly say: (line: string) => void
}

export async function startDatabase(options: DatabaseOptions): Promise<Database> {
  const { home, port, log } = options
  const password = await keepSecret(join(home.keys, 'postgres'))
  const start = () =>
    startPostgres({
      dataDir: home.postgres,
      port,
      password,
      extraConfig: { max_connections: '200' },
      log: (line) => log.write(`${line}\n`),
    })
  let server = await start()
  let stopping = false
  const watch = (current: RunningPostgres) =>
    current.onExit(({ code, signal }) => {
      if (stopping) return
      options.say(`PostgreSQL ended (${signal ?? `exit code ${code}`}); it is started again`)
      void revive()
    })
  const revive = async (): Promise<void> => {
    for (let pause = 200; !stopping; pause = Math.min(pause * 2, 10_000)) {
      try {
        server = await start()
        if (stopping) return await server.stop()
        watch(server)
        return options.replaced()
      } catch (error) {
        options.say(error instanceof Error ? error.message : String(error))
        await sleep(pause)
      }
    }
  }
  watch(server)
  const stop = () => {
    stopping = true
    return server.stop()
  }
  try {
    return { ...(await prepare(options, server)), pid: () => server.pid, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const gatewayRole = 'shop_gateway'

async function prepare({ home, demo, port }: DatabaseOptions, server: RunningPostgres): Promise<Pick<Database, 'url' | 'shop'>> {
  const account = { name: 'sallyport', password: await keepSecret(join(home.keys, 'control-plane-database')) }
  const url = await ensureControlPlaneDatabase(server.url, account)
  if (!demo) return { url }
  const gateway = { name: gatewayRole, password: await keepSecret(join(home.keys, 'shop-database')) }
  await fillShop(await ensureShopDatabase(server.url, gateway), gateway.name)
  return { url, shop: { port, user: gateway.name, password: gateway.password } }
}
