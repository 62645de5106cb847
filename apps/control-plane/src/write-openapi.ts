import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Context } from './context.js'
import { openApiOf } from './http/openapi.js'
import { createLog } from './log.js'
import { createRest } from './rest.js'

/** The committed OpenAPI document, from which `packages/client` is generated. `pnpm --filter @sallyport/control-plane run openapi` writes it. */
export const openApiFile = fileURLToPath(new URL('../openapi.json', import.meta.url))

export async function openApiText(): Promise<string> {
  // Routes are declared, none is asked: no database stands behind them.
  const context = {
    log: createLog('silent'),
    now: Date.now,
    exposed: false,
    config: { audience: '', apiAudience: '', bind: '' },
  } as Partial<Context>
  const app = await createRest({ context: context as Context, publicHost: () => undefined })
  await app.ready()
  const document = openApiOf(app)
  await app.close()
  return `${JSON.stringify(document, null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(openApiFile, await openApiText())
