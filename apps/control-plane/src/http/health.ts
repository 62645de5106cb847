import { SallyportError } from '@sallyport/core'
import { Type } from '@sinclair/typebox'
import type { Context } from '../context.js'
import type { App } from './app.js'
import { failures } from './documents.js'

const Health = Type.Object({ status: Type.Literal('ok') })
/** Milliseconds that the database may take to answer. */
const patience = 2_000

/** `/healthz`: the process answers. `/readyz`: it can do its work. */
export function installHealth(app: App, { db }: Pick<Context, 'db'>): void {
  const route = (operationId: string) => ({
    config: { permission: 'public' } as const,
    logLevel: 'warn' as const,
    schema: { operationId, tags: ['health'], security: [], response: { 200: Health, ...failures } },
  })
  app.get('/healthz', route('healthz'), async () => ({ status: 'ok' as const }))
  app.get('/readyz', route('readyz'), async () => {
    const timedOut = new Promise<false>((resolve) => setTimeout(resolve, patience, false).unref())
    const reached = await Promise.race([db.$queryRaw`SELECT 1`.then(() => true).catch(() => false), timedOut])
    if (!reached) throw new SallyportError('unavailable', 'the database does not answer')
    return { status: 'ok' as const }
  })
}
