/** Processes of an earlier life of the same home that have not noticed yet that it is over: ended before their ports are asked for. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bornAt, writePrivate } from '@sallyport/host'
import { readRecord } from './files.js'

export interface Register {
  /** Remembers that a process of ours runs, in place of an earlier one of that name. */
  note(name: string, pid: number): Promise<void>
}

const gentle = 5_000

/** The caller holds the lock of the home. */
export async function endRemains(home: string): Promise<Register> {
  const file = join(home, 'processes.json')
  const left = Object.values(await readRecord(file).catch(() => ({}))).flatMap((text) => {
    const [pid, born] = typeof text === 'string' ? text.split(' ') : []
    return pid !== undefined && born !== undefined && bornAt(Number(pid)) === born ? [{ pid: Number(pid), born }] : []
  })
  const living = () => left.filter(({ pid, born }) => bornAt(pid) === born)
  // A fast shutdown to PostgreSQL, an orderly one to the others.
  for (const { pid } of living()) tell(pid, 'SIGINT')
  for (const until = Date.now() + gentle; living().length > 0 && Date.now() < until;) await sleep(25)
  for (const { pid } of living()) tell(pid, 'SIGKILL')
  while (living().length > 0) await sleep(25)

  const running: Record<string, string> = {}
  let writing = Promise.resolve()
  return {
    note(name, pid) {
      running[name] = `${pid} ${bornAt(pid) ?? ''}`
      // One after the other: the last one written is the last one told.
      writing = writing.then(() => writePrivate(file, JSON.stringify(running)))
      return writing
    },
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone in the meantime.
  }
}
