/** The few REST calls that a start makes to processes of its own, with the reason in the error when one is refused. */
import { readFileSync } from 'node:fs'
import { request as plain, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as secure } from 'node:https'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Rest {
  call(method: string, path: string, body?: unknown): Promise<Answer>
}

export interface Door {
  /** Origin, always of this machine. */
  readonly url: string
  /** File of the certificate that an `https:` origin shows; its names need not fit an address. */
  readonly certificate?: string
}

const timeout = 20_000
const maxAnswer = 4 * 1024 * 1024

export function restAt(door: Door, token?: string): Rest {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    }
    return new Promise((resolve, reject) => {
      const sent = open(door, path, { method, headers, timeout })
      sent.once('timeout', () => sent.destroy(new Error(`${method} ${path} did not answer`)))
      sent.once('error', reject)
      sent.once('response', (answer) => {
        read(answer).then((text) => resolve({ status: answer.statusCode ?? 0, body: parse(text) }), reject)
      })
      sent.end(payload)
    })
  }
  return { call }
}

function open({ url, certificate }: Door, path: string, options: RequestOptions): ClientRequest {
  const target = new URL(path, url)
  if (target.protocol !== 'https:') return plain(target, options)
  const ca = certificate === undefined ? {} : { ca: readFileSync(certificate), allowPartialTrustChain: true }
  return secure(target, { ...options, ...ca, checkServerIdentity: () => undefined })
}

async function read(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxAnswer) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text.slice(0, 500)
  }
}
