/** What the system knows of other processes: whether they live, since when, and who listens on a port. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A text that differs between two processes which had the same id; undefined when no such process lives. */
export function bornAt(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return stdout.trim().replaceAll(' ', '_') || undefined
  }
  const fields = statOf(pid)
  // proc(5): state is field 3, starttime (clock ticks since boot) field 22.
  return fields === undefined || fields[0] === 'Z' ? undefined : `${bootId()}:${fields[19]}`
}

/** The fields of `/proc/PID/stat` after the command name, which may itself hold spaces and parentheses. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/** Names the process that listens on a TCP port, as far as this user may see it: `node server.js (process 4711)`. */
export function holderOf(port: number): string {
  const found = process.platform === 'linux' ? holderByProc(port) : holderByLsof(port)
  return found === undefined ? 'a process that this user may not see' : `${found.command} (process ${found.pid})`
}

interface Holder {
  readonly pid: number
  readonly command: string
}

function holderByProc(port: number): Holder | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)))
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (socketsOf(pid).some((inode) => inodes.has(inode))) return { pid: Number(pid), command: commandOf(pid) }
  }
  return undefined
}

/** Columns as in the kernel's `Documentation/networking/proc_net_tcp.rst`: local address, state 0A is LISTEN, inode is the tenth. */
function listeningInodes(file: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  try {
    const rows = readFileSync(file, 'utf8').split('\n').slice(1)
    const columns = rows.map((row) => row.trim().split(/\s+/))
    return columns.flatMap(([, local, , state, , , , , , inode]) =>
      local?.endsWith(`:${hex}`) && state === '0A' && inode !== undefined ? [inode] : [],
    )
  } catch {
    return []
  }
}

function socketsOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => socketAt(`/proc/${pid}/fd/${fd}`))
  } catch {
    return []
  }
}

/** Descriptors come and go while they are looked at: one that is gone says nothing about the others. */
function socketAt(descriptor: string): readonly string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(descriptor))?.[1]
    return inode === undefined ? [] : [inode]
  } catch {
    return []
  }
}

/** Program and first argument only: what follows may be a secret. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, 2).join(' ').trim().slice(0, 200)
  } catch {
    return 'a process'
  }
}

function holderByLsof(port: number): Holder | undefined {
  const { stdout } = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' })
  const [pid, command] = [/^p(\d+)$/m.exec(stdout ?? '')?.[1], /^c(.+)$/m.exec(stdout ?? '')?.[1]]
  return pid === undefined ? undefined : { pid: Number(pid), command: command ?? 'a process' }
}
