import type { OnReadOpts, Socket } from 'node:net'

/**
 * How the agent's sockets hand over what they read: with as little in between as a stream allows, and nothing of one
 * connection in memory of another. Whoever gets a chunk owns it.
 */

/**
 * Most sessions are idle, or are sent little: what was filled is followed by the next larger one, and the largest is as much
 * as a read of the kernel takes. What a target says at a login fits the first.
 */
const first = 1024
const small = 8 * 1024
const large = 64 * 1024

/** A larger piece leaves with the arena it is in: to copy it would cost more than another arena. */
const mostCopied = 4 * 1024

/**
 * Reading into memory that is used again, for sockets that are connected with it: otherwise each read allocates 64 KiB and
 * gives most of them back. An arena belongs to one socket, for a read goes on while the bytes of the last one are still
 * being sent: a shared one has delivered the bytes of one client to another. `socket` is asked for when something was read.
 */
export function readIntoArena(socket: () => Socket): OnReadOpts {
  let arena = Buffer.allocUnsafeSlow(first)
  const take = (count: number): Buffer => {
    const full = arena
    const wanted = nextSize(full.length, count)
    if (count > mostCopied || full.length !== wanted) arena = Buffer.allocUnsafeSlow(wanted)
    if (count > mostCopied) return full.subarray(0, count)
    const own = Buffer.allocUnsafe(count)
    full.copy(own, 0, 0, count)
    return own
  }
  return {
    buffer: () => arena,
    callback: (count) => socket().push(take(count)),
  }
}

/** Never back to the first: a target that answers now with little and now with much would have another one for each. */
function nextSize(present: number, count: number): number {
  if (present === first) return count === first ? small : first
  return count > small || count === present ? large : small
}

/**
 * Tells a socket's `data` listeners of each piece at once while it flows and nothing waits in it: the stream's own way there
 * is several times as long, and schedules work after it. In every other state, and for its end, the piece goes that way.
 */
export function emitAtOnce(socket: Socket): void {
  const push = socket.push.bind(socket)
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk === null || socket.readableFlowing !== true || socket.readableLength > 0) return push(chunk, encoding)
    socket.emit('data', chunk)
    return true
  }
}
