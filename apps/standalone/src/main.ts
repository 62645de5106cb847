/** The standalone: supervises a control plane, an agent, an embedded PostgreSQL and the demo's issuer, each a process of its own. */
import { lockFolder, watchParent } from '@sallyport/host'
import { ConfigurationRefused } from './child.js'
import { loadConfig } from './config.js'
import { gather } from './crew.js'
import { greet } from './greeting.js'
import { openHome, removeReady, runningAddress } from './home.js'
import { settlePorts } from './ports.js'
import { endRemains } from './remains.js'
import { startStandalone } from './supervisor.js'

/** Over, whatever still runs: below the ten seconds that are promised. */
const hardLimit = 9_500

const say = (line: string) => console.error(`sallyport: ${line}`)
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

await main().catch((error: unknown) => {
  say(messageOf(error))
  process.exit(1)
})

async function main(): Promise<void> {
  const loaded = loadConfig(process.env)
  if (!loaded.ok) {
    for (const error of loaded.errors) say(error)
    process.exit(2)
  }
  const { config } = loaded
  const home = await openHome(config.home)
  const lock = await lockFolder(home.root)
  if (!lock.ok) {
    const address = await runningAddress(home)
    say(`already running in ${home.root} (process ${lock.holder})${address === undefined ? ', not ready yet' : `: ${address}`}`)
    process.exit(1)
  }
  const told = listen()
  await removeReady(home)
  const register = await endRemains(home.root)
  const crew = gather({ home, register, say })
  let code = 0
  try {
    const { ports, picked } = await settlePorts(config)
    const open = picked.filter((name) => name !== 'database' && name !== 'ssh' && name !== 'web')
    if (open.length > 0) say(`picked free ports: ${open.map((name) => `${name} ${ports[name]}`).join(', ')}`)
    const starting = startStandalone({ config, home, ports, env: process.env, crew, say, signal: told })
    const running = await Promise.race([starting, aborted(told)])
    process.stdout.write(greet(running, { home: home.root, demo: config.demo, cwd: process.cwd() }))
    await Promise.race([running.failed, aborted(told)])
  } catch (error) {
    if (!told.aborted) {
      say(messageOf(error))
      code = error instanceof ConfigurationRefused ? 2 : 1
    }
  }
  setTimeout(() => process.exit(1), hardLimit).unref()
  await crew.end()
  await removeReady(home)
  await lock.release()
  process.exit(code)
}

/** Aborts at the first word to end: a signal, or the death of whoever started us. */
function listen(): AbortSignal {
  const controller = new AbortController()
  const end = () => controller.abort(new Error('told to end'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  watchParent(end)
  return controller.signal
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
