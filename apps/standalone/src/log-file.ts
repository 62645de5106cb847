/** The words of one child: a file that starts over beside its predecessor when it is full, and the last of them in memory. */
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs'

export interface LogFile {
  readonly path: string
  write(chunk: Uint8Array | string): void
  /** The last words since `begin`, for an error message. */
  tail(): string
  /** Another process speaks from here on. */
  begin(): void
  close(): void
}

const tailSize = 4_000

/** `limit` in bytes; the file and one predecessor (`.1`) may each be that large. */
export function openLog(path: string, limit = 10 * 1024 * 1024): LogFile {
  let fd = openSync(path, 'a', 0o600)
  let size = statSync(path).size
  let last = ''
  return {
    path,
    write(chunk) {
      const bytes = Buffer.from(chunk)
      last = (last + bytes.toString()).slice(-tailSize)
      if (size > limit) {
        closeSync(fd)
        renameSync(path, `${path}.1`)
        fd = openSync(path, 'a', 0o600)
        size = 0
      }
      size += writeSync(fd, bytes)
    },
    tail: () => last.trim(),
    begin: () => (last = ''),
    close: () => closeSync(fd),
  }
}
