import { defineConfig } from 'vitest/config'

/** Tests that need PostgreSQL share one, which is started only where one of them runs. */
const databases = ['apps/control-plane/src/**/*.test.ts', 'apps/standalone/src/planes/**/*.test.ts']
const exclude = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Files wait for servers and for time more than they compute; by default one processor is left idle.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['packages/**/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: [...exclude, ...databases],
        },
      },
      {
        extends: true,
        test: { name: 'databases', include: databases, exclude, globalSetup: ['apps/control-plane/src/testing/cluster.ts'] },
      },
    ],
  },
})
