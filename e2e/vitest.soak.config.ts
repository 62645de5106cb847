import { defineConfig } from 'vitest/config'

/** The checks of `npm test` that take a size (`src/sizes.ts`), and those that have only a large one (`soak/`). */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['src/limits/**/*.test.ts', 'src/differential/**/*.test.ts', 'src/masking/**/*.test.ts', 'soak/**/*.soak.ts'],
    globalSetup: ['src/setup.ts'],
    env: { SALLYPORT_SOAK: '1' },
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    pool: 'forks',
    fileParallelism: false,
    passWithNoTests: true,
  },
})
