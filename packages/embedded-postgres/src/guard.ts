/**
 * A shell that waits for the end of a pipe which only this process holds open. However this process dies, also by
 * SIGKILL, the pipe ends, and the guard asks PostgreSQL for a fast shutdown. `release` must be called once the server
 * is gone, before its pid can mean something else.
 */
import { spawn } from 'node:child_process'

const script = `
while read -r _; do :; done
[ "$(head -n 1 "$2/postmaster.pid" 2>/dev/null)" = "$1" ] && kill -INT "$1" 2>/dev/null
[ -n "$3" ] || exit 0
n=0
while kill -0 "$1" 2>/dev/null && [ $((n += 1)) -lt 100 ]; do sleep 0.1; done
rm -rf -- "$3"
`

export interface Guarded {
  readonly pid: number
  readonly dataDir: string
  /** A folder to remove after the server ended that way. */
  readonly discard?: string
}

export interface Guard {
  release(): void
}

export function guard({ pid, dataDir, discard = '' }: Guarded): Guard {
  const shell = spawn('/bin/sh', ['-c', script, 'sallyport-postgres-guard', String(pid), dataDir, discard], {
    cwd: '/',
    // Of its own session: a terminal's Ctrl-C must not end the guard before the guarded.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  return {
    release() {
      shell.kill('SIGKILL')
      shell.stdin.destroy()
    },
  }
}
