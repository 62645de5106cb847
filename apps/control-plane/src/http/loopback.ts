import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether a host name or address surely means this machine alone. `0.0.0.0` and `::` mean every interface and do not. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const family = isIP(bare)
  if (family === 4) return loopback.check(bare, 'ipv4')
  if (family === 6) return loopback.check(bare, 'ipv6') || isMappedLoopback(bare)
  return bare === 'localhost' || bare.endsWith('.localhost')
}

/** `::ffff:127.0.0.1`, also as `::ffff:7f00:1`. */
function isMappedLoopback(address: string): boolean {
  const tail = /^::ffff:(.+)$/.exec(address)?.[1]
  if (tail === undefined) return false
  if (isIP(tail) === 4) return loopback.check(tail, 'ipv4')
  return /^7f[0-9a-f]{2}:/.test(tail)
}
