import { createPostgresBackend, Queue, withBackend, Worker, type Job as QueuedJob } from 'bullmq'
import type { Log } from '../log.js'
import { jobs, type JobPorts } from './jobs.js'
import { suggestLabels } from './suggest-labels.js'

/**
 * Runs the jobs on a queue that all replicas share, so that each run happens once: on PostgreSQL, or on Redis where its
 * address is given. A queue that is away stops no request; it is told in the log and joined again by itself.
 */
export interface RunningJobs {
  /** Has the run carried out once, by some replica, soon. */
  readonly suggestLabels: (runId: string) => Promise<void>
  close(): Promise<void>
}

export interface JobOptions extends JobPorts {
  readonly databaseUrl: string
  readonly redisUrl?: string | undefined
  readonly log: Log
}

interface Lane {
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

const queueName = 'sallyport'
/** Asked for, not scheduled. */
const suggestion = 'suggest-labels'
/** Runs at a time: one that waits for an agent keeps no other job waiting. */
const concurrency = 4
/** Kept of finished runs, so that the tables stay small. */
const keep = { removeOnComplete: { count: 50 }, removeOnFail: { count: 200 } }

export async function startJobs(options: JobOptions): Promise<RunningJobs> {
  const { log } = options
  const run = async ({ name, data }: Pick<QueuedJob, 'name' | 'data'>): Promise<void> => {
    if (name === suggestion) return suggestLabels(options, (data as { readonly run: string }).run)
    const job = jobs[name]
    // An older or newer replica may have scheduled what this one does not know.
    if (job !== undefined) await job.run(options)
  }
  const [queue, worker] = options.redisUrl === undefined ? onPostgres(options.databaseUrl, run) : onRedis(options.redisUrl, run)
  for (const lane of [queue, worker]) lane.on('error', (error) => log.warn({ err: error }, 'the job queue is in trouble'))
  worker.on('failed', (job: { name: string } | undefined, error: Error) => log.error({ err: error, job: job?.name }, 'a job failed'))
  for (const [name, { every }] of Object.entries(jobs)) {
    await queue.upsertJobScheduler(
      name,
      { every },
      { name, opts: { ...keep, attempts: 3, backoff: { type: 'exponential', delay: 1_000 } } },
    )
  }
  return {
    suggestLabels: async (run) => {
      await queue.add(suggestion, { run }, keep)
    },
    close: async () => {
      await worker.close()
      await queue.close()
    },
  }
}

type Run = (job: Pick<QueuedJob, 'name' | 'data'>) => Promise<void>

interface QueueLane extends Lane {
  add(name: string, data: object, options: object): Promise<unknown>
  upsertJobScheduler(id: string, repeat: { every: number }, template: object): Promise<unknown>
}

interface WorkerLane extends Lane {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'failed', listener: (job: { name: string } | undefined, error: Error) => void): unknown
}

function onPostgres(connectionString: string, run: Run): readonly [QueueLane, WorkerLane] {
  const backend = withBackend(createPostgresBackend)
  const connection = { connectionString, schema: 'bullmq', migrate: true, max: 4 }
  return [new backend.Queue(queueName, { connection }), new backend.Worker(queueName, run, { connection, concurrency })]
}

function onRedis(url: string, run: Run): readonly [QueueLane, WorkerLane] {
  const { hostname, port, username, password, protocol, pathname } = new URL(url)
  const connection = {
    host: hostname,
    port: port === '' ? 6379 : Number(port),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 && { db: Number(pathname.slice(1)) }),
    ...(protocol === 'rediss:' && { tls: {} }),
    maxRetriesPerRequest: null,
  }
  return [new Queue(queueName, { connection }), new Worker(queueName, run, { connection, concurrency })]
}
