import { connect } from 'node:net'
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls'
import { tokenOf } from '../world.js'
import type { Login } from './clients.js'
import { message } from './target.js'

/**
 * Many sessions from one process, each with as little around it as can be: a TLS socket that has logged in and waits.
 * A caller must destroy them.
 */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const ready = Buffer.from([0x5a, 0, 0, 0, 5])

/** Sessions per address of loopback: well below what one address may have, and below what it has ports. */
const perAddress = 1500
/** Logins at once: far fewer than may wait to be let in. */
const atOnce = 50

export async function openSessions(login: Login, count: number): Promise<readonly TLSSocket[]> {
  const password = await tokenOf(login.as ?? 'billing-agent', login.home)
  // One for all: a context of its own for each would cost more than everything else.
  const secureContext = createSecureContext()
  const sessions: TLSSocket[] = []
  const one = async (): Promise<void> => {
    while (begun < count) {
      const address = `127.0.0.${2 + Math.floor(begun++ / perAddress)}`
      sessions.push(await enter({ ...login, password, secureContext, address }))
    }
  }
  let begun = 0
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one))
    return sessions
  } catch (error) {
    for (const session of sessions) session.destroy()
    throw error
  }
}

interface Entry extends Login {
  readonly password: string
  readonly secureContext: ReturnType<typeof createSecureContext>
  readonly address: string
}

async function enter({
  ready: world,
  as = 'billing-agent',
  resource = 'shop',
  password,
  secureContext,
  address,
}: Entry): Promise<TLSSocket> {
  const socket = connect({ port: world.postgres.port, host: '127.0.0.1', localAddress: address, noDelay: true })
  const broken = new Promise<never>((_, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the gateway closed the connection during login')))
  })
  broken.catch(() => undefined)
  socket.write(sslRequest)
  await Promise.race([broken, new Promise((resolve) => socket.once('data', resolve))])
  const tls = connectTls({ socket, secureContext, rejectUnauthorized: false })
  tls.on('error', () => undefined)
  const welcomed = hearUntil(tls, ready)
  tls.write(startup({ user: as, database: resource }))
  tls.write(message('p', `${password}\0`))
  await welcomed
  return tls
}

/** One simple query on each, to its end. */
export async function askAll(sessions: readonly TLSSocket[], statement: string): Promise<void> {
  const bytes = message('Q', `${statement}\0`)
  for (let i = 0; i < sessions.length; i += atOnce) {
    const some = sessions.slice(i, i + atOnce)
    await Promise.all(
      some.map((session) => {
        const answered = hearUntil(session, ready)
        session.write(bytes)
        return answered
      }),
    )
  }
}

/** Rejects with what the gateway said instead. */
function hearUntil(session: TLSSocket, end: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0)
    const settle = () => session.off('data', hear).off('close', closed)
    const closed = () => {
      settle()
      reject(new Error(`the gateway closed the connection: ${heard.toString('latin1')}`))
    }
    const hear = (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      if (!heard.includes(end)) return
      settle()
      resolve()
    }
    session.on('data', hear)
    session.once('close', closed)
  })
}

function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`)
  const body = Buffer.from(`\0\x03\0\0${pairs.join('')}\0`)
  const head = Buffer.alloc(4)
  head.writeInt32BE(body.length + 4)
  return Buffer.concat([head, body])
}
