import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Names the process that listens on a TCP port, as far as this user may see it (proc(5); other systems: nobody). */
export function holderOf(port: number): string {
  const unknown = 'a process that cannot be named here'
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, port)))
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && socketsOf(name).some((inode) => inodes.has(inode)))
    if (pid === undefined) return unknown
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, 2).join(' ').trim()
    return `${command} (process ${pid})`
  } catch {
    return unknown
  }
}

/** Columns of the kernel's `proc_net_tcp`: local address, remote address, state (0A is LISTEN), ..., inode. */
function listening(file: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync(file, 'utf8').split('\n').slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .flatMap(([, local = '', , state, , , , , , inode]) => (state === '0A' && local.endsWith(suffix) && inode !== undefined ? [inode] : []))
}

function socketsOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? [])
  } catch {
    return []
  }
}

/** A descriptor may be closed while the folder is read: the one that reads it surely is. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
