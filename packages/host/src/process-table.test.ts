import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { bornAt, holderOf } from './process-table.js'

describe('the birth of a process', () => {
  it('is the same as long as it lives, and unlike that of another', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const born = bornAt(child.pid!)
    expect(born).toBeTypeOf('string')
    expect(bornAt(child.pid!)).toBe(born)
    expect(bornAt(process.pid)).not.toBe(born)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(bornAt(child.pid!)).toBeUndefined()
  })

  it('is unknown for what is no process id', () => {
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 53]) expect(bornAt(pid)).toBeUndefined()
  })
})

describe('the holder of a port', () => {
  it('is named by program and process, without the rest of its arguments', async () => {
    const script = `require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
    const child = spawn(process.execPath, ['-e', script, 'a-secret-argument'])
    const [port] = (await once(child.stdout, 'data')) as [Buffer]
    const said = holderOf(Number(port.toString()))
    expect(said).toContain(`(process ${child.pid})`)
    expect(said).not.toContain('a-secret-argument')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(holderOf(Number(port.toString()))).toBe('a process that this user may not see')
  })

  it('is found though its descriptors come and go', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // Looking for ourselves opens one: the descriptor that lists the folder is in the list, and gone when it is read.
    expect(holderOf((server.address() as AddressInfo).port)).toContain(`(process ${process.pid})`)
    server.close()
  })
})
