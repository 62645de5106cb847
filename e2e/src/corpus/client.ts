import { message, type Message, reach, startup, type Transport, type Wire } from '@sallyport/testkit'

/** A session that is logged in, in which one question is asked after the other. */
export interface Session {
  /** Sends what is one question, and answers everything up to its last ReadyForQuery. Rejects when the connection ends. */
  ask(bytes: Uint8Array, readies?: number): Promise<readonly Message[]>
  end(): void
}

export interface Door {
  readonly port: number
  readonly transport: Transport
  readonly parameters: Readonly<Record<string, string>>
  /** Given where one is asked for. */
  readonly password: string
}

/** Rejects with the refusal's fields when the login is refused. */
export async function openSession(door: Door): Promise<Session> {
  const wire = await reach({ port: door.port, transport: door.transport })
  const told = await logInto(wire, door)
  const refused = told.find(({ type }) => type === 'E')
  if (refused) throw new Error(`the login was refused: ${refused.body.toString()}`)
  return {
    async ask(bytes, readies = 1) {
      wire.send(bytes)
      const heard: Message[] = []
      for (let i = 0; i < readies; i++) heard.push(...(await wire.until(({ type }) => type === 'Z')))
      return heard
    },
    end: () => void wire.socket.destroy(),
  }
}

/** Everything that was said up to the first ReadyForQuery, or the refusal. */
export async function logInto(wire: Wire, { parameters, password }: Pick<Door, 'parameters' | 'password'>): Promise<readonly Message[]> {
  wire.send(startup(parameters))
  const asked = await wire.until(({ type, body }) => type === 'Z' || type === 'E' || (type === 'R' && body.readInt32BE() === 3))
  if (asked.at(-1)!.type !== 'R') return asked
  wire.send(message('p', `${password}\0`))
  return [...asked, ...(await wire.until(({ type }) => type === 'Z' || type === 'E'))]
}
