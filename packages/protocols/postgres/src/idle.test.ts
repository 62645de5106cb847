import tls from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { openDoor } from '../test/door.js'
import { startTarget } from '../test/target.js'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const startup = Buffer.from('\0\0\0\x1f\0\x03\0\0user\0me\0database\0shop\0\0')
const token = Buffer.from('p\0\0\0\x0dtoken-me\0')
const select = Buffer.from('Q\0\0\0\x0eselect 42\0')

test('a session that stands idle holds nothing of its login, and still answers', async () => {
  const server = await startTarget()
  const parts: WeakRef<object>[] = []
  const door = await openDoor(server, { seen: (part) => void parts.push(new WeakRef(part)) })
  const { socket, until } = await door.raw()
  socket.write(sslRequest)
  await until((heard) => heard.length > 0)
  socket.removeAllListeners('data')
  const secure = tls.connect({ socket, rejectUnauthorized: false })
  let heard = ''
  secure.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
  secure.write(Buffer.concat([startup, token]))
  await expect.poll(() => heard.includes('Z\0\0\0\x05I'), { timeout: 10_000 }).toBe(true)
  // The client's connection and the transports to the target: of the session itself, and of the catalog's reader.
  expect(parts.length).toBeGreaterThanOrEqual(2)
  const left = () => {
    collect()
    return parts.filter((part) => part.deref() !== undefined).length
  }
  await expect.poll(left, { timeout: 10_000 }).toBe(0)
  expect(door.connections()).toBe(1)
  secure.write(select)
  await expect.poll(() => heard.includes('SELECT 1'), { timeout: 10_000 }).toBe(true)
  secure.destroy()
  await door.stop()
  await server.stop()
})
