import { SallyportError } from '@sallyport/core'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/** Reads `HOST:PORT`, the host in brackets where it is an IPv6 address. Throws `SallyportError`. */
export function parseServer(text: string): ServerAddress {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535)
    throw new SallyportError('invalid', 'the address of the control plane must be HOST:PORT')
  return { host, port }
}
