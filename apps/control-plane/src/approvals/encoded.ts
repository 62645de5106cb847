import { canonicalBytes, readHold, type FiledHold } from '@sallyport/contract'

/** A request and the bytes that are kept of it. */
export interface Encoded {
  readonly filed: FiledHold
  readonly bytes: Buffer
}

export function encodeFiled(filed: FiledHold): Encoded {
  return { filed, bytes: canonicalBytes(filed) }
}

export function decodeFiled({ request }: { readonly request: Uint8Array }): FiledHold {
  return readHold(request)
}
