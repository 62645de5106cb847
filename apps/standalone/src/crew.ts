/** Everything that runs for one standalone: who it is, in the order in which it was started, and `ready.json`, which names them. */
import { join } from 'node:path'
import { type Child, keepAlive } from './child.js'
import { type Home, type Ready, writeReady } from './home.js'
import { openLog } from './log-file.js'
import type { Program } from './processes.js'
import type { Register } from './remains.js'

export interface Crew {
  launch(name: string, program: Program, grace: number): Child
  /** Takes in what is no child of Node's `spawn` here: ends and answers for itself. */
  adopt(name: string, member: Member): void
  /** Of one that was replaced: written again. */
  renewed(name: string): void
  /** From now on `ready.json` is kept true. */
  publish(facts: Omit<Ready, 'pids'>): Promise<Ready>
  /** Ends everybody, latest first, and takes `ready.json` away. */
  end(): Promise<void>
}

export interface Member {
  pid(): number | undefined
  stop(): Promise<void>
}

export interface CrewOptions {
  readonly home: Home
  readonly register: Register
  readonly say: (line: string) => void
}

export function gather({ home, register, say }: CrewOptions): Crew {
  const members = new Map<string, Member>()
  let facts: Omit<Ready, 'pids'> | undefined
  let ended = false
  const current = (known: Omit<Ready, 'pids'>): Ready => {
    const pids = [...members].flatMap(([name, member]) => (member.pid() === undefined ? [] : [[name, member.pid()] as const]))
    return { ...known, pids: { standalone: process.pid, ...Object.fromEntries(pids) } }
  }
  const write = async (): Promise<void> => {
    if (facts !== undefined && !ended) await writeReady(home, current(facts))
  }
  const inform = (name: string): void => {
    const pid = members.get(name)?.pid()
    const told = pid === undefined ? Promise.resolve() : register.note(name, pid)
    told.then(write).catch((error: unknown) => say(error instanceof Error ? error.message : String(error)))
  }
  return {
    launch(name, { script, args, env }, grace) {
      if (ended) throw new Error('told to end')
      const log = openLog(join(home.logs, `${name.replace('_', '-')}.log`))
      const child = keepAlive({
        name: name.replace('_', ' '),
        script,
        ...(args && { args }),
        env,
        log,
        started: () => inform(name),
        died: (how) => (ended ? undefined : say(`the ${name.replace('_', ' ')} ended (${how}); it is started again; its log: ${log.path}`)),
      })
      members.set(name, { pid: () => child.pid(), stop: () => child.stop(grace) })
      return child
    },
    adopt(name, member) {
      members.set(name, member)
      inform(name)
    },
    renewed: inform,
    async publish(known) {
      facts = known
      await write()
      return current(known)
    },
    async end() {
      ended = true
      for (const member of [...members.values()].toReversed()) await member.stop()
    },
  }
}
