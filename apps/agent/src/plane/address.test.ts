import { describe, expect, it } from 'vitest'
import { parseServer } from './address.js'

describe('the address of the control plane', () => {
  it.each([
    ['127.0.0.1:8701', { host: '127.0.0.1', port: 8701 }],
    ['control.example:443', { host: 'control.example', port: 443 }],
    ['[::1]:8701', { host: '::1', port: 8701 }],
  ])('%s is read', (text, address) => {
    expect(parseServer(text)).toEqual(address)
  })

  it.each(['', 'localhost', 'localhost:', 'localhost:0', 'localhost:65536', '::1:8701', 'http://localhost:8701', 'a b:1', '[::1]'])(
    '%j is refused',
    (text) => {
      expect(() => parseServer(text)).toThrow('HOST:PORT')
    },
  )
})
