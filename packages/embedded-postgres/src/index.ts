export { type PostgresOptions, type RunningPostgres, freePort, startPostgres } from './server.js'
export { startTemporaryPostgres } from './temporary.js'
