import { createHash } from 'node:crypto'
import { SallyportError } from '@sallyport/core'
import { serialize } from 'pg-protocol/dist/serializer.js'
import type { Frame } from './frames.js'
import { createScram, type Scram } from './scram.js'

/**
 * Answers what the target asks for before it says AuthenticationOk (protocol page "Message Formats", Authentication*).
 * A password in clear, or MD5 of it, goes only to a target that proved who it is. One exchange only; a target that
 * says Ok in the middle of SCRAM, before it proved itself, is refused.
 */
export interface Authentication {
  /** Takes one `R` message; answers what to send, if anything. `complete` turns true at AuthenticationOk. */
  take(frame: Frame): Promise<Buffer | undefined>
  complete(): boolean
}

export interface AuthenticationOptions {
  readonly user: string
  readonly password: string | undefined
  readonly encrypted: boolean
  readonly endPoint?: Uint8Array
  /** The target proved its name or chain under TLS, or is this machine. */
  readonly trusted: boolean
}

const refuse = (message: string) => new SallyportError('target_rejected', message)

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { user, trusted } = options
  let state: 'fresh' | 'answered' | 'scram-first' | 'scram-final' | 'complete' = 'fresh'
  let scram: Scram | undefined

  function password(): string {
    if (options.password !== undefined) return options.password
    throw refuse('the target asks for a password and the resource has none')
  }

  function inClear(method: string): string {
    if (trusted) return password()
    throw refuse(
      `the target asks for a password by ${method}, which only goes to one verified by TLS (verify-ca, verify-full) or on loopback`,
    )
  }

  const answers: Readonly<Record<number, (frame: Frame) => Buffer | undefined | Promise<Buffer | undefined>>> = {
    0: () => {
      if (state === 'scram-first' || state === 'scram-final')
        throw refuse('the target did not prove that it knows the password of its own login')
      state = 'complete'
      return undefined
    },
    3: () => {
      begin()
      return serialize.password(inClear('cleartext'))
    },
    5: ({ body }) => {
      begin()
      return serialize.password(`md5${md5(md5(inClear('MD5') + user), body.subarray(4, 8))}`)
    },
    10: ({ body }) => {
      begin()
      const { encrypted, endPoint } = options
      const mechanisms = body.toString('utf8', 4).split('\0').filter(Boolean)
      scram = createScram({ password: password(), mechanisms, encrypted, ...(endPoint && { endPoint }) })
      if (!scram) throw refuse('the target offers no way to log in that this build knows')
      state = 'scram-first'
      return serialize.sendSASLInitialResponseMessage(scram.mechanism, scram.first)
    },
    11: async ({ body }) => {
      if (!scram || state !== 'scram-first') throw refuse('the target broke the order of the SCRAM exchange')
      state = 'scram-final'
      return serialize.sendSCRAMClientFinalMessage(await scram.final(body.toString('utf8', 4)))
    },
    12: ({ body }) => {
      if (!scram || state !== 'scram-final') throw refuse('the target broke the order of the SCRAM exchange')
      scram.verify(body.toString('utf8', 4))
      state = 'answered'
      return undefined
    },
  }

  /** A second question would be a second guess at our password. */
  function begin(): void {
    if (state !== 'fresh') throw refuse('the target asked for a password twice')
    state = 'answered'
  }

  return {
    async take(frame) {
      const method = frame.body.length >= 4 ? frame.body.readInt32BE(0) : -1
      const answer = answers[method]
      const fits = frame.body.length === (lengths[method] ?? frame.body.length)
      if (!answer || !fits || state === 'complete') throw refuse('the target asks for a way to log in that this build does not know')
      return answer(frame)
    },
    complete: () => state === 'complete',
  }
}

/** Bodies of a fixed length: code, and the salt of MD5. */
const lengths: Readonly<Record<number, number>> = { 0: 4, 3: 4, 5: 8 }

function md5(text: string, salt: Uint8Array = new Uint8Array()): string {
  return createHash('md5').update(text).update(salt).digest('hex')
}
