/**
 * A PostgreSQL for one test file: its own folder, no durability, gone after `stop()` and also when the test process
 * is killed. Never for data that matters.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PostgresOptions, type RunningPostgres, startPostgres } from './server.js'

const fast = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '32MB', max_connections: '200' }

export async function startTemporaryPostgres(
  options: Pick<PostgresOptions, 'extraConfig' | 'log' | 'platformPackage'> = {},
): Promise<RunningPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-pg-'))
  // As root the server runs under another account, which must be able to pass through.
  await chmod(folder, 0o711)
  try {
    const server = await startPostgres({
      ...options,
      dataDir: join(folder, 'data'),
      password: randomBytes(16).toString('hex'),
      extraConfig: { ...fast, ...options.extraConfig },
      discard: folder,
    })
    const stop = async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
    return { ...server, stop }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
