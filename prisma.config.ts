import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'

/** Set before Prisma looks for its engine: the one from npm, so that no command reaches for a binary host. */
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(new URL('./tools/schema-engine.mjs', import.meta.url))
process.env['CHECKPOINT_DISABLE'] ??= '1'

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  // Only `prisma migrate` and its kin connect; `prisma generate` never does.
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/sallyport' },
})
