import { createHash } from 'node:crypto'
import { principalKey, SallyportError } from '@sallyport/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.js'
import type { Database } from '../db/index.js'
import { digestOf } from '../trail/index.js'
import type { App } from './app.js'
import { invalid } from './problem.js'

/**
 * `Idempotency-Key` on POST: the same key with the same request gets the same answer once more, for a day; with another
 * request it is refused. Answers are sealed, for some are shown only once. An answer of our own failing (5xx) is not kept.
 */
const header = 'idempotency-key'
/** Milliseconds that an answer is kept, and that a request without an answer blocks its key. */
const kept = 24 * 3_600_000
const running = 60_000

/** One data key for all kept answers; each is bound to its row. */
const record = 'setting/idempotency'

interface Claimed {
  readonly id: string
}

declare module 'fastify' {
  interface FastifyRequest {
    idempotency: Claimed | null
  }
}

type Ports = Pick<Context, 'db' | 'secrets' | 'now'>

export function installIdempotency(app: App, ports: Ports): void {
  app.decorateRequest('idempotency', null)
  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers[header]
    if (request.method !== 'POST' || key === undefined || request.caller === null) return
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw invalid([{ path: '(headers)/idempotency-key', message: 'must be 1 to 255 visible ASCII characters' }])
    }
    const id = createHash('sha256')
      .update(`${principalKey(request.caller.identity.principal)}\0${key}`)
      .digest('hex')
    const asked = digestOf([request.method, request.url, request.body ?? null])
    if (await claim(ports, id, asked)) request.idempotency = { id }
    else await replay(ports, { id, asked, request, reply })
  })
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.idempotency === null) return payload
    await keep(ports, request.idempotency, { status: reply.statusCode, type: String(reply.getHeader('content-type') ?? ''), payload })
    return payload
  })
}

/** Answers whether this request is the one that runs. */
async function claim({ db, now }: Ports, id: string, asked: string): Promise<boolean> {
  const row = { request: asked, createdAt: new Date(now()), expiresAt: new Date(now() + running) }
  const { count } = await db.idempotencyKey.createMany({ data: [{ id, ...row }], skipDuplicates: true })
  if (count === 1) return true
  const stale = { id, expiresAt: { lte: new Date(now()) } }
  const taken = await db.idempotencyKey.updateMany({ where: stale, data: { ...row, status: null, sealed: null } })
  return taken.count === 1
}

interface Replay {
  readonly id: string
  readonly asked: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function replay({ db, secrets }: Ports, { id, asked, reply }: Replay): Promise<void> {
  const row = await db.idempotencyKey.findUnique({ where: { id } })
  if (row === null) throw new SallyportError('conflict', 'the request with this Idempotency-Key has just ended; try again')
  if (row.request !== asked) throw new SallyportError('unprocessable', 'this Idempotency-Key was used for another request')
  if (row.status === null || row.sealed === null)
    throw new SallyportError('conflict', 'the request with this Idempotency-Key is still running')
  const { type, payload } = JSON.parse((await secrets.open(db, { record, field: id }, row.sealed)).toString('utf8')) as Answer
  await reply
    .status(row.status)
    .header('idempotency-replayed', 'true')
    .type(type === '' ? 'application/json; charset=utf-8' : type)
    .serializer((text: unknown) => String(text))
    .send(payload ?? '')
}

interface Answer {
  readonly type: string
  readonly payload: string | null
}

async function keep(
  { db, secrets, now }: Ports,
  { id }: Claimed,
  answer: { status: number; type: string; payload: unknown },
): Promise<void> {
  if (answer.status >= 500) {
    await forget(db, id)
    return
  }
  const text: Answer = { type: answer.type, payload: typeof answer.payload === 'string' ? answer.payload : null }
  const sealed = await secrets.seal(db, { record, field: id }, JSON.stringify(text))
  await db.idempotencyKey.updateMany({ where: { id }, data: { status: answer.status, sealed, expiresAt: new Date(now() + kept) } })
}

async function forget(db: Database, id: string): Promise<void> {
  await db.idempotencyKey.deleteMany({ where: { id } })
}
