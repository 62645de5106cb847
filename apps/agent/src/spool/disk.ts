import { writeSync } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The few things the spool needs of a file system, one folder of it. What `write` was given is not durable before
 * `sync` has answered; a caller must treat a `sync` that failed as the end: what it did not write may be gone for good.
 */
export interface Disk {
  /** Names of the files in the folder, in code-unit order. */
  list(): Promise<readonly string[]>
  size(name: string): Promise<number>
  /** At most `length` bytes from `position`; fewer only at the end of the file. */
  read(name: string, position: number, length: number): Promise<Uint8Array>
  /** Opens for appending after `position`, cutting off what stands beyond it; creates the file, durably by name, when it is not there. */
  append(name: string, position: number): Promise<DiskFile>
  remove(name: string): Promise<void>
}

export interface DiskFile {
  /**
   * Hands all of it to the operating system before it answers, so that it outlives this process; throws where that fails.
   * Synchronous on purpose: it is a copy into the page cache, and what is answered next must not outrun it.
   */
  write(bytes: Uint8Array): void
  /** Resolves when everything written is on the medium (fdatasync). */
  sync(): Promise<void>
  close(): Promise<void>
}

export async function openFolder(folder: string): Promise<Disk> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    list: async () => (await readdir(folder)).sort(),
    size: async (name) => (await stat(join(folder, name))).size,
    read: (name, position, length) => readAt(join(folder, name), position, length),
    async append(name, position) {
      const file = await appendTo(join(folder, name), position)
      await syncFolder(folder)
      return file
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  }
}

async function readAt(path: string, position: number, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const bytes = Buffer.allocUnsafeSlow(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  } finally {
    await file.close()
  }
}

async function appendTo(path: string, start: number): Promise<DiskFile> {
  // Not 'a': the position is ours, so that a torn tail that could not be cut is overwritten, never kept.
  const file = await open(path, start === 0 ? 'w+' : 'r+', 0o600)
  await file.truncate(start)
  await file.sync()
  let position = start
  return {
    write(bytes) {
      for (let written = 0; written < bytes.length;) {
        const count = writeSync(file.fd, bytes, written, bytes.length - written, position)
        written += count
        position += count
      }
    },
    sync: () => file.datasync(),
    close: () => file.close(),
  }
}

/** A new name is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
